"""Cells of the example laboratory that something was done to: an engineered line and a primed one."""

from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any

from batches.source.actions import register_source_lot, release_quarantine
from batches.source.banking import register_bank
from batches.source.banks import CellBank
from batches.source.models import SourceLot
from batches.source.treating import record_treatment
from batches.source.treatments import GeneticModification, Priming
from qc.example.clock import days_ago
from qc.example.people import Staff

ENGINEERED = {
    "what": "fusion",
    "gene": "CD63–GFP",
    "method": "lentivirus",
    "vector": "pEX-CD63-GFP, lot LV-0412",
    "kept": "integrated",
    "selection": "puromycin 2 µg/mL, 7 days",
    "clone": "clone 7",
    "verification": "flow cytometry 98 % GFP-positive; blot of CD63–GFP",
    "biosafety_ref": "BSC-EXAMPLE-12",
}
PRIMED = {
    "agent": "ifn_gamma",
    "agent_name": "recombinant human IFN-γ, lot CY-3307",
    "dose": D(50),
    "dose_unit": "ng/mL",
    "duration_h": D(24),
    "oxygen_percent": D(21),
    "serum": "free",
    "washed": "yes",
    "washes": 3,
}


# What a bank of the laboratory's is tested for.
TESTED = {
    "identity": "match",
    "mycoplasma": "negative",
    "sterility": "negative",
    "viability_percent": D("94.5"),
    "cells_per_vial": D("3e6"),
    "passage_limit": 25,
    "doublings_limit": D(60),
}


def _bank_cells(staff: Staff) -> CellBank:
    """A master bank of the engineered line, and the working bank made from it."""
    by, cells = staff.operators[0], "HEK293T CD63–GFP"
    aged = {
        "passage": 6,
        "cumulative_doublings": D("14.5"),
        "frozen_on": days_ago(92).date(),
        "tested_on": days_ago(78).date(),
    }
    master = {"code": "MCB-HEKG-01", "kind": "master", "cells": cells, "vials_made": 40, **TESTED}
    parent = register_bank(values={**master, **aged, "identity_ref": "STR-2307"}, by=by)
    aged |= {
        "passage": 9,
        "cumulative_doublings": D("24.1"),
        "frozen_on": days_ago(60).date(),
        "tested_on": days_ago(41).date(),
    }
    working = {"code": "WCB-HEKG-01", "kind": "working", "cells": cells, "vials_made": 60, **TESTED}
    made = {"parent": parent, "vials_used_otherwise": 3, "identity_ref": "STR-2340"}
    return register_bank(values={**working, **aged, **made}, by=by)


def treat_cells(cell_line: Mapping[str, Any], staff: Staff) -> dict[str, SourceLot]:
    """Register an engineered and a primed lot; `cell_line` is what lots of cell lines have in common."""
    by = staff.operators[0]
    engineered = {
        "line_name": "HEK293T CD63–GFP",
        "bank": _bank_cells(staff),
        "bank_vial": "4–23",
        "bank_lot": "",
        "str_ref": "STR-2307, STR-2340",
    }
    first = register_source_lot(kind="cell_line", values={**cell_line, **engineered}, by=by)
    made = {"modified_on": days_ago(120).date(), "verified_on": days_ago(96).date()}
    record_treatment(lot=first, model=GeneticModification, values={**ENGINEERED, **made}, by=by)
    line = {"line_name": "ASC52telo", "rrid": "CVCL_U602", "catalogue_no": "ECB-4000", "str_ref": "STR-2311"}
    other = register_source_lot(
        kind="cell_line", values={**cell_line, **line, "bank_lot": "WCB-ASC-02"}, by=by
    )
    begun = {"started_time": days_ago(20, hour=9)}
    record_treatment(lot=other, model=Priming, values={**PRIMED, **begun}, by=by)
    release_quarantine(lot=first, by=staff.reviewers[0])
    return {"engineered_1": first, "primed_1": other}
