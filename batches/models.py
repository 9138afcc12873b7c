"""The stages' models, gathered for Django."""

from batches.characterization.models import (  # noqa: F401
    Assay,
    BlotLane,
    BlotMarker,
    ElectronMicroscopy,
    Micrograph,
    NanoparticleTracking,
    ProteinAssay,
    WesternBlot,
)
from batches.characterization.single_results import (  # noqa: F401
    Endotoxin,
    Mycoplasma,
    Physicochemical,
    Sterility,
)
from batches.isolation.models import (  # noqa: F401
    ColumnFraction,
    Precipitation,
    ProcessStep,
    SizeExclusion,
    Ultracentrifugation,
)
from batches.masters.models import (  # noqa: F401
    Criterion,
    FrozenPlan,
    MasterRecord,
    MasterVersion,
    PlannedStep,
    Product,
    StepLimit,
)
from batches.record.models import Attachment, Batch, FieldRemark, Reading  # noqa: F401
from batches.source.models import (  # noqa: F401
    CellLineDetails,
    CordBloodDetails,
    Donor,
    DonorTesting,
    Harvest,
    MscDetails,
    PerinatalDetails,
    SourceLot,
)
from batches.specifications.models import (  # noqa: F401
    Specification,
    SpecificationCriterion,
    SpecificationSignature,
    SpecificationVersion,
)
