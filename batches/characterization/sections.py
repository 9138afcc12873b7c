"""What the sheets of several techniques have in common."""

from batches.record.sheets import Section

SAMPLE = Section(
    "Sample", ("sample", "after_step", "controls_number", "sample_id", "replicate", "performed_time")
)
WITH = Section("With", ("equipment", "sop", "remarks"))
ALWAYS = ("performed_time", "equipment")
SINGLE_RESULT = "batches/characterization/_single_result.html"
SIZES = ("mean_nm", "mode_nm", "d10_nm", "d50_nm", "d90_nm")
CURVE = ("kit", "standard", "standard_range", "r_squared", "blank_reading")
