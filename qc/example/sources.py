"""Donors and source lots of the example laboratory: every kind of source, believable amounts and tests."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any

from audit.refusal import Reason
from batches.source.actions import (
    correct_donor,
    register_donor,
    register_source_lot,
    release_quarantine,
)
from batches.source.models import Donor, SourceLot
from qc.example.clock import days_ago
from qc.example.people import Staff
from qc.example.treating import treat_cells

COLLECTION_SITE = "Collection site A"
BIRTH_CLINIC = "Birth clinic B"
ALL_NEGATIVE = dict.fromkeys(("hiv_1_2", "hbv", "hcv", "syphilis", "htlv", "cmv"), "negative")

# Code: (age, sex, blood group, days since consent, eligibility); newborns are 0 years old.
DONORS: Mapping[str, tuple[int, str, str, int, str]] = {
    "DN-0101": (28, "female", "A pos", 178, "eligible"),
    "DN-0102": (41, "male", "0 pos", 152, "eligible"),
    "DN-0103": (36, "female", "B pos", 149, "eligible"),
    "DN-0104": (52, "female", "A neg", 96, "eligible"),
    "DN-0105": (0, "male", "0 pos", 141, "eligible"),
    "DN-0106": (0, "female", "A pos", 83, "eligible"),
    "DN-0107": (0, "female", "AB pos", 60, "eligible"),
    "DN-0108": (0, "male", "0 neg", 27, "eligible"),
    "DN-0109": (0, "male", "A pos", 74, "eligible"),
    "DN-0110": (0, "female", "0 pos", 38, "eligible"),
    "DN-0111": (0, "male", "B neg", 12, "incomplete"),
    "DN-0112": (33, "female", "", 45, "eligible"),
}

# What every lot of a kind has in common.
MSC_CELLS = {
    "cells_per_vial": D("2e6"),
    "cryoprotectant": "10 % DMSO in cryomedium, lot CM-2291",
    "storage_temp_c": D(-170),
    "plastic_adherent": "yes",
    "trilineage": "shown",
}
IDENTITY = ("cd73_percent", "cd90_percent", "cd105_percent", "cd34_percent", "cd45_percent")
IDENTITY_MORE = ("cd14_cd11b_percent", "cd19_cd79a_percent", "hla_dr_percent")
KIND_VALUES: Mapping[str, Mapping[str, Any]] = {
    "bone_marrow_msc": {
        **MSC_CELLS,
        **ALL_NEGATIVE,
        "collected_unit": "mL",
        "collected_by_site": COLLECTION_SITE,
        "transport_temp_c": D(6),
        "cell_isolation": "mnc_gradient",
        "sop": "SOP-SRC-011 v3",
    },
    "adipose_msc": {
        **MSC_CELLS,
        **ALL_NEGATIVE,
        "collected_unit": "mL",
        "collected_by_site": COLLECTION_SITE,
        "transport_temp_c": D(18),
        "cell_isolation": "collagenase",
        "sop": "SOP-SRC-012 v2",
    },
    "cord_msc": {
        **MSC_CELLS,
        **ALL_NEGATIVE,
        "collected_unit": "cm",
        "collected_by_site": BIRTH_CLINIC,
        "transport_temp_c": D(5),
        "cell_isolation": "explant",
        "part_used": "Wharton's jelly",
        "sop": "SOP-SRC-013 v4",
    },
    "placenta": {
        **ALL_NEGATIVE,
        "collected_unit": "g",
        "collected_by_site": BIRTH_CLINIC,
        "transport_temp_c": D(5),
        "storage_temp_c": D(4),
        "part_used": "Chorionic villi, explants",
        "sop": "SOP-SRC-021 v1",
    },
    "cord_blood": {
        **ALL_NEGATIVE,
        "collected_unit": "mL",
        "collected_by_site": BIRTH_CLINIC,
        "transport_temp_c": D(20),
        "storage_temp_c": D(-80),
        "anticoagulant": "acd_a",
        "first_spin": "2 500 ×g, 15 min, 20 °C, no brake",
        "second_spin": "2 500 ×g, 15 min, 20 °C, no brake",
        "sop": "SOP-SRC-031 v2",
    },
    "cell_line": {
        "collected_by_site": "Cell bank of the laboratory",
        "collected_amount": D(20),
        "collected_unit": "vials",
        "transport_temp_c": D(-78),
        "bank_lot": "WCB-HEK-03",
        "cells_per_vial": D("3e6"),
        "cryoprotectant": "10 % DMSO",
        "storage_temp_c": D(-170),
        "line_name": "HEK293T",
        "species": "Homo sapiens",
        "supplier": "Example cell bank",
        "catalogue_no": "ECB-0293",
        "rrid": "CVCL_0063",
        "str_ref": "STR-2291, matches the reference profile",
        "karyotype_ref": "KAR-0812",
        "sop": "SOP-SRC-041 v2",
    },
    "other": {
        "collected_by_site": "Media kitchen",
        "collected_amount": D(500),
        "collected_unit": "mL",
        "transport_temp_c": D(4),
        "storage_temp_c": D(4),
        "cell_isolation": "none",
        "notes": "Unconditioned medium, taken through all steps as a process control.",
    },
}

# Key: (kind, donor, days since collection, what is special about the lot).
LOTS: Mapping[str, tuple[str, str, int, Mapping[str, Any]]] = {
    "marrow_1": ("bone_marrow_msc", "DN-0101", 171, {"collected_amount": D(42), "hours_to_processing": D(6)}),
    "marrow_2": (
        "bone_marrow_msc",
        "DN-0102",
        147,
        {"collected_amount": D(35), "hours_to_processing": D("9.5")},
    ),
    "adipose_1": ("adipose_msc", "DN-0103", 143, {"collected_amount": D(180), "hours_to_processing": D(4)}),
    "adipose_2": (
        "adipose_msc",
        "DN-0104",
        90,
        {"collected_amount": D(120), "hours_to_processing": D("5.5")},
    ),
    "cord_1": (
        "cord_msc",
        "DN-0105",
        138,
        {
            "collected_amount": D(24),
            "hours_to_processing": D(16),
            "gestational_age_weeks": D(39),
            "delivery": "caesarean",
            "membranes_ruptured_h": D(0),
        },
    ),
    "cord_2": (
        "cord_msc",
        "DN-0106",
        80,
        {
            "collected_amount": D(31),
            "hours_to_processing": D(22),
            "gestational_age_weeks": D("40.1"),
            "delivery": "vaginal",
            "membranes_ruptured_h": D(5),
        },
    ),
    "placenta_1": (
        "placenta",
        "DN-0107",
        58,
        {
            "collected_amount": D(480),
            "hours_to_processing": D("3.5"),
            "gestational_age_weeks": D("38.6"),
            "delivery": "caesarean",
            "membranes_ruptured_h": D(0),
        },
    ),
    "placenta_2": (
        "placenta",
        "DN-0108",
        24,
        {
            "collected_amount": D(515),
            "hours_to_processing": D(5),
            "gestational_age_weeks": D("39.3"),
            "delivery": "caesarean",
            "membranes_ruptured_h": D(1),
        },
    ),
    "cord_blood_1": (
        "cord_blood",
        "DN-0109",
        71,
        {
            "collected_amount": D(92),
            "hours_to_processing": D("0.8"),
            "minutes_to_first_spin": 48,
            "platelets_per_ul": D(4),
            "haemolysis": "A414 0.11",
            "gestational_age_weeks": D("39.7"),
            "delivery": "vaginal",
        },
    ),
    "cord_blood_2": (
        "cord_blood",
        "DN-0110",
        36,
        {
            "collected_amount": D(108),
            "hours_to_processing": D("0.9"),
            "minutes_to_first_spin": 52,
            "platelets_per_ul": D(6),
            "haemolysis": "A414 0.14",
            "gestational_age_weeks": D("38.9"),
            "delivery": "caesarean",
        },
    ),
    "cord_blood_3": (
        "cord_blood",
        "DN-0111",
        10,
        {
            "collected_amount": D(67),
            "hours_to_processing": D("1.6"),
            "minutes_to_first_spin": 95,
            "platelets_per_ul": D(9),
            "haemolysis": "A414 0.21, faintly pink",
            "gestational_age_weeks": D("40.4"),
            "delivery": "vaginal",
            "cmv": "pending",
            "notes": "Birth mother's CMV result outstanding: kept in quarantine.",
        },
    ),
    "line_1": ("cell_line", "", 132, {}),
    "control_1": ("other", "", 6, {}),
}
PERCENTS = {
    "marrow_1": ("98.6", "99.1", "97.4", "0.4", "0.6", "0.5", "0.2", "0.9"),
    "marrow_2": ("97.2", "98.8", "96.1", "0.7", "0.5", "0.8", "0.3", "3.1"),
    "adipose_1": ("99.0", "99.4", "95.8", "1.6", "0.3", "0.4", "0.2", "0.5"),
    "adipose_2": ("98.1", "98.9", "95.2", "1.9", "0.8", "0.6", "0.4", "0.7"),
    "cord_1": ("99.5", "99.7", "98.8", "0.1", "0.2", "0.3", "0.1", "0.4"),
    "cord_2": ("99.3", "99.6", "98.1", "0.2", "0.1", "0.2", "0.1", "0.3"),
}


def register_sources(staff: Staff) -> dict[str, SourceLot]:
    """Register all donors and source lots. Returns the lots by their key."""
    donors = {code: _register_donor(code, staff) for code in DONORS}
    _correct_a_typing_error(donors["DN-0102"], staff)
    lots = {key: _register_lot(key, donors, staff) for key in LOTS}
    treated = treat_cells(KIND_VALUES["cell_line"], staff)
    _withdraw_consent(donors["DN-0112"], staff)
    for lot in lots.values():
        if lot.donor is not None and lot.donor.eligibility == Donor.Eligibility.ELIGIBLE:
            release_quarantine(lot=lot, by=staff.reviewers[0])
    return lots | treated


def _register_donor(code: str, staff: Staff) -> Donor:
    age, sex, blood_group, days, eligibility = DONORS[code]
    values = {
        "code": code,
        # A typing error that is corrected right away: 14 for 41.
        "age_years": 14 if code == "DN-0102" else age,
        "sex": sex,
        "blood_group": blood_group,
        "consent_ref": f"CF-{code[3:]}",
        "consent_on": days_ago(days).date(),
        "consent_scope": "research",
        "ethics_ref": "EC-EXAMPLE-07",
        "eligibility": eligibility,
    }
    return register_donor(values=values, by=staff.operators[0])


def _correct_a_typing_error(donor: Donor, staff: Staff) -> None:
    reason = Reason("typing_error", "Digits swapped when typing from the consent form")
    correct_donor(donor=donor, values={"age_years": 41}, by=staff.operators[1], reason=reason)


def _withdraw_consent(donor: Donor, staff: Staff) -> None:
    reason = Reason("late_information", "Withdrawal received by the collection site")
    correct_donor(donor=donor, values={"consent_withdrawn": True}, by=staff.qa[0], reason=reason)


def _register_lot(key: str, donors: Mapping[str, Donor], staff: Staff) -> SourceLot:
    kind, donor_code, days, special = LOTS[key]
    collected = days_ago(days, hour=9)
    values = {**KIND_VALUES[kind], **special, **_identity(key)}
    if donor_code:
        values |= {"donor": donors[donor_code], "collection_time": collected}
        values |= _testing(donor_code, collected)
    if key in PERCENTS:
        values["bank_lot"] = f"MCB-{donor_code[3:]}, vials 1–24"
    return register_source_lot(kind=kind, values=values, by=staff.operators[len(key) % 2])


def _testing(donor_code: str, collected: dt.datetime) -> dict[str, Any]:
    specimen = collected - dt.timedelta(days=2)
    return {"specimen_on": specimen.date(), "report_ref": f"LAB-{donor_code[3:]}-{donor_code[-2:]}7"}


def _identity(key: str) -> dict[str, D]:
    percents = PERCENTS.get(key, ())
    return dict(zip((*IDENTITY, *IDENTITY_MORE), map(D, percents), strict=False))
