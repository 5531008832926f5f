"""Words that the command's answers share."""


def counted(number: int, one: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"
