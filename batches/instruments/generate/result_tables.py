"""Small tables of our own making: positions of a ZetaView, NanoDrop, Qubit, bands of a blot."""

import re


def positions_text(removed: dict[int, str] | None = None, decimal: str = ".", per_ml: float = 8.1e7) -> bytes:
    """Return a ZetaView table of 11 positions; `removed` names positions that don't count, and why."""
    removed = removed or {}
    titles = (
        "Use\tPosition\tMean Int.\tAv. No of Particles\tConc. (p./mL)\tOrig. Conc. (p./cm^3)\tNo. of Traces"
    )
    lines = [titles + "\tX50 (nm)\tPeak ø (nm)\tSpan\tDrift (µm/s)\tRemoval"]
    for at in range(1, 12):
        level = per_ml * (1 + 0.01 * (at - 6)) * (3 if at in removed else 1)
        cells = [
            "" if at in removed else "X",
            str(at),
            "104.2",
            "55.3",
            f"{level:.3E}",
            f"{1000 * level:.3E}",
            "120",
        ]
        lines.append("\t".join([*cells, f"{120 + at / 10:.1f}", "104.5", "0.9", "0.5", removed.get(at, "")]))
    used = [per_ml * (1 + 0.01 * (at - 6)) for at in range(1, 12) if at not in removed]
    lines.append(
        "\t".join(["", "Mean", "104.2", "55.3", f"{sum(used) / len(used):.3E}", "", "", "", "", "", "", ""])
    )
    lines.append("\t".join(["", "St.Dev.", "1.2", "2.3", "2.7E+6", "", "", "", "", "", "", ""]))
    lines.append("\t".join(["", "Rel.St.Dev.", "1.2%", "4.1%", "3.3%", "", "", "", "", "", "", ""]))
    numbers = [re.sub(r"(?<=\d)\.(?=\d)", decimal, line) for line in lines[1:]]
    return "\r\n".join([lines[0], *numbers]).encode("cp1252")


def nanodrop_csv() -> bytes:
    """Return a NanoDrop table with two samples, one of them without a number."""
    titles = (
        "Date,Sample Name,Nucleic Acid(ng/uL),A260/A280,A260/A230,A260,A280,Nucleic Acid Factor,Impurity 1"
    )
    lines = [titles, "3/18/2026 9:00:01 AM,EV RNA,12.481,1.93,1.42,0.312,0.162,40,"]
    return "\n".join([*lines, "3/18/2026 9:01:12 AM,Blank,n/a,,,-0.002,0.001,40,"]).encode()


def qubit_csv() -> bytes:
    """Return a Qubit table; the column `Units` stands twice."""
    titles = "Run ID,Assay Name,Test Name,Test Date,Qubit® tube conc.,Units,Original sample conc.,Units,"
    titles += "Sample Volume (µL),Dilution Factor,Std 1 RFU,Std 2 RFU,Green RFU"
    row = "2026-03-18,RNA High Sensitivity,EV RNA,03/18/2026 09:00:00 AM,30.4,ng/mL,6.08,ng/µL,1,200,"
    row += "49.4,21133.1,1303.1"
    low = row.replace("30.4,ng/mL,6.08", "<0.5,ng/mL,Out of range").replace("EV RNA", "Buffer")
    return "\n".join([titles, row, low]).encode()


def image_studio_csv() -> bytes:
    """Return an Image Studio table with an Excel error in it."""
    titles = "Image Name,Channel,Well Name,Total,ICW Type,ICW Relative,ICW % Response"
    rows = [
        "0000001_01,700,A01,15465.4,Sample,5597.1,#NUM!",
        "0000001_01,800,A01,9635.9,Background,None,#NUM!",
    ]
    return ("\ufeff" + "\r\n".join([titles, *rows])).encode()


def imagej_tsv(maximum: int = 255) -> bytes:
    """Return an ImageJ table of lanes with a column that a person added."""
    rows = ["lane\tarea\tmean\tmin\tmax\tantibody", f"1\t2640\t178.915\t123\t{maximum}\tCD9"]
    return "\n".join([*rows, "2\t2640\t92.5\t80\t140\tCD9"]).encode()


def image_lab_csv() -> bytes:
    """Return an Image Lab table: the image's name above the titles."""
    titles = (
        "Lane,Band No.,Band Label,Mol. Wt. (KDa),Relative Front,Volume (Int),Band %,Lane %,Adj. Volume (Int)"
    )
    rows = ["1,1,CD63,53.2,0.412,184233,61.2,40.1,172004", "1,2,CD63,30.1,0.63,116800,38.8,25.4,N/A"]
    return "\n".join(["2026-03-18 gel 4,,,,,,,,", titles, *rows]).encode()
