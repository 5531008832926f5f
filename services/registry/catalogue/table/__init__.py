"""Service sheets as a table, one row a sheet, for people who write them in a spreadsheet: XLSX and CSV, out and in.

Pure: bytes and values only. docs/catalogue.md describes the columns.
"""
