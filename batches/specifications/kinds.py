"""What a criterion can be: how it counts, how it judges, what replicates and retests do."""

from django.db import models


class CriterionKind(models.TextChoices):
    """What a criterion that is not met does to a batch."""

    RELEASE = "release", "Release"
    ALERT = "alert", "Alert"
    REPORT = "report", "Report only"


class Operator(models.TextChoices):
    """How a result is judged: by a range of numbers, or by what was found."""

    RANGE = "range", "A number in a range"
    EQUALS = "equals", "Equals"
    ONE_OF = "one_of", "One of several"
    DETECTED = "detected", "Detected"
    NOT_DETECTED = "not_detected", "Not detected"
    N_OF_M = "n_of_m", "So many of several"


class Replicates(models.TextChoices):
    """What must hold where a result was measured more than once."""

    MEAN = "mean", "Their mean, or all of them together"
    EACH = "each", "Each of them"
    N_OF_M = "n_of_m", "So many of them"


class Retest(models.TextChoices):
    """Whether a result that fails may be measured again."""

    NONE = "none", "No retest"
    ALL_PASS = "all_pass", "Retests, all of which must pass"


KIND_HELP = {
    CriterionKind.RELEASE: "The batch can't be approved unless it is met.",
    CriterionKind.ALERT: "A reviewer looks at it when it is not met; it never blocks.",
    CriterionKind.REPORT: "It is shown and not judged by.",
}
# Operators that judge by names: accepted values or markers.
NEEDS_NAMES = (Operator.EQUALS, Operator.ONE_OF, Operator.N_OF_M)
