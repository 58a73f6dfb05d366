"""Pages as PDF: which fonts are here, how text breaks into lines, and the file itself.

The only room with reportlab. What stands where is for others to say: label sheets are
`desktop.mailing`'s, dossiers `server.dossier`'s. Importing this room loads nothing.
"""
