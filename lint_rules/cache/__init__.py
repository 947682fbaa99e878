"""What a run learns of a project, kept for the next run: what each file holds, and the findings in it.

`folder` is where it lies and how it is written, `words` the index of words on disk, `encoding` findings as JSON, and
`kept` decides what of it still holds. An answer holds as long as the file, every file that was looked at for it, the
mentions of every word that was asked for and the meaning of every import are the same; times of files only spare
reading them.
"""
