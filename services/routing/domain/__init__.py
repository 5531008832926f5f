"""The rules of routing: values in, values out; no I/O and no clock."""
