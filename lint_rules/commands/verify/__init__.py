"""`--verify COMMAND`: fixes tried on the program at hand, in a copy of the project, before a file is changed.

| module | subject |
|---|---|
| `project_copy` | the copy of the project that a command runs in |
| `trial` | one run of the command: what it printed, wrote and predicted, and how long that took |
| `contents` | what files hold, as lines of text |
| `records` | reading what the recorder in the command's processes left behind |
| `predictions` | whether two records hold the same predictions, row by row |
| `outcome` | whether two runs ended, printed and wrote the same |
| `stretches` | which lines of a file a fix touches, before and after |
| `attempts` | runs with some of the fixes, each compared with the runs without any |
| `verdicts` | what became of a fix: the figures or the reason |
| `verification` | which fixes hold |
"""
