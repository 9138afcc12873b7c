"""Ways of damaging an export on purpose."""


def edited(data: bytes, old: str, new: str) -> bytes:
    """Return the export with the first `old` replaced; a test that edits nothing is no test."""
    before, after = old.encode("cp1252"), new.encode("cp1252")
    assert data.count(before) >= 1
    return data.replace(before, after, 1)


def line_with(data: bytes, start: str) -> str:
    """Return the first line that begins with `start`."""
    lines = data.decode("cp1252").split("\n")
    return next(line for line in lines if line.startswith(start))


def cells_of(data: bytes, start: str) -> list[str]:
    """Return the cells after the name of the first row that begins with `start`."""
    return [cell for cell in line_with(data, start).split(",")[1:] if cell]
