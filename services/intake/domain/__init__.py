"""The rules of intake: values in, values out; no I/O and no clock."""
