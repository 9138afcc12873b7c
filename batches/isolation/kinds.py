"""The isolation methods in use, by code."""

from django.db import models


class IsolationMethod(models.TextChoices):
    """How a step separates or concentrates EVs."""

    ULTRACENTRIFUGATION = "ultracentrifugation", "Ultracentrifugation"
    SIZE_EXCLUSION = "size_exclusion", "Size-exclusion chromatography"
    PRECIPITATION = "precipitation", "Precipitation"


class StepPurpose(models.TextChoices):
    """What a step is for."""

    CLEAR = "clear", "Clear cells and debris"
    CONCENTRATE = "concentrate", "Concentrate"
    SEPARATE = "separate", "Separate"
    WASH = "wash", "Wash"
    POLISH = "polish", "Polish"
    BUFFER_EXCHANGE = "buffer_exchange", "Buffer exchange"
