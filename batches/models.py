"""The stages' models, gathered for Django."""

from batches.characterization.bands import BlotBand  # noqa: F401
from batches.characterization.blots import BlotLane, BlotMarker, WesternBlot  # noqa: F401
from batches.characterization.contents import (  # noqa: F401
    AnalyteResult,
    GrowthFactorAssay,
    LipidAssay,
    RnaAssay,
)
from batches.characterization.flow import FlowControl, FlowGate, NanoFlow  # noqa: F401
from batches.characterization.microscopy import ElectronMicroscopy, Micrograph  # noqa: F401
from batches.characterization.models import Assay  # noqa: F401
from batches.characterization.particles import (  # noqa: F401
    LightScattering,
    ResistivePulse,
    ZetaPotential,
)
from batches.characterization.pictured import BlotRung, DiameterMeasurement  # noqa: F401
from batches.characterization.plates import PlateCurve  # noqa: F401
from batches.characterization.potency import PotencyAssay, PotencyControl  # noqa: F401
from batches.characterization.protein import ProteinAssay  # noqa: F401
from batches.characterization.single_results import (  # noqa: F401
    Endotoxin,
    Mycoplasma,
    Physicochemical,
    ResidualResult,
    Sterility,
    SterilityReading,
)
from batches.characterization.tracking import NanoparticleTracking  # noqa: F401
from batches.files.models import ColumnMapping, DroppedFile  # noqa: F401
from batches.isolation.affinity import FieldFlow, FieldFlowWindow, Immunoaffinity  # noqa: F401
from batches.isolation.columns import ColumnFraction, SizeExclusion  # noqa: F401
from batches.isolation.finishing import CargoLoading, Fill  # noqa: F401
from batches.isolation.membranes import (  # noqa: F401
    BufferExchange,
    Filtration,
    TangentialFlow,
    Ultrafiltration,
)
from batches.isolation.models import ProcessStep  # noqa: F401
from batches.isolation.pelleting import Ultracentrifugation  # noqa: F401
from batches.isolation.precipitation import Precipitation  # noqa: F401
from batches.isolation.spins import (  # noqa: F401
    ClearingSpin,
    DensityGradient,
    GradientFraction,
    GradientLayer,
    Wash,
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
from batches.masters.signing import MasterSignature  # noqa: F401
from batches.materials.chosen import ChosenMaterial  # noqa: F401
from batches.materials.models import Column, Kit, Membrane, Rotor  # noqa: F401
from batches.pooling.models import PoolPart  # noqa: F401
from batches.record.calculations import Calculation  # noqa: F401
from batches.record.models import Attachment, Batch, FieldRemark, Reading  # noqa: F401
from batches.reporting.models import Deposition, ReportingFacts  # noqa: F401
from batches.source.banks import CellBank  # noqa: F401
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
from batches.source.treatments import GeneticModification, Priming  # noqa: F401
from batches.specifications.models import (  # noqa: F401
    Specification,
    SpecificationCriterion,
    SpecificationSignature,
    SpecificationVersion,
)
from batches.stability.models import (  # noqa: F401
    StabilityPull,
    StabilityResult,
    StabilityStudy,
)
from batches.trends.models import (  # noqa: F401
    ControlRun,
    FrozenLimits,
    LeftOutPoint,
    ReferenceBatch,
    ReferenceSet,
    SizeProfile,
)
