"""Reading a text of which single statements are no Python: `read` judges what can be parsed around them.

`lines` cuts the text into logical lines without a parser, `dialects` mends what another Python would read,
`placeholders` says what stands for a statement that nothing can read, `layout` puts indentation right, and `reading`
puts it all together. Nothing here is imported for a file that parses.
"""
