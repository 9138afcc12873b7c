"""The isolation methods in use, by code."""

from django.db import models


class IsolationMethod(models.TextChoices):
    """How a step separates, concentrates, washes or fills EVs."""

    ULTRACENTRIFUGATION = "ultracentrifugation", "Ultracentrifugation"
    SIZE_EXCLUSION = "size_exclusion", "Size-exclusion chromatography"
    PRECIPITATION = "precipitation", "Precipitation"
    CLEARING_SPIN = "clearing_spin", "Clearing spin"
    DENSITY_GRADIENT = "density_gradient", "Density gradient or cushion"
    TANGENTIAL_FLOW = "tangential_flow", "Tangential-flow filtration"
    ULTRAFILTRATION = "ultrafiltration", "Ultrafiltration"
    IMMUNOAFFINITY = "immunoaffinity", "Immunoaffinity capture"
    AF4 = "af4", "Asymmetric-flow field-flow fractionation"
    FILTRATION = "filtration", "Filtration"
    WASH = "wash", "Wash"
    BUFFER_EXCHANGE = "buffer_exchange", "Buffer exchange"
    CARGO_LOADING = "cargo_loading", "Cargo loading"
    FILL = "fill", "Fill"


class StepPurpose(models.TextChoices):
    """What a step is for."""

    CLEAR = "clear", "Clear cells and debris"
    CONCENTRATE = "concentrate", "Concentrate"
    SEPARATE = "separate", "Separate"
    WASH = "wash", "Wash"
    POLISH = "polish", "Polish"
    BUFFER_EXCHANGE = "buffer_exchange", "Buffer exchange"
    STERILE_FILTER = "sterile_filter", "Sterile filter"
    LOAD_CARGO = "load_cargo", "Load cargo"
    FILL = "fill", "Fill"
