"""The governorate pack: how its figures are counted, what may be shown to everybody, and how it is printed. Pure."""
