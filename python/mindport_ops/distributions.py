"""``torch.distributions`` by plain operators: densities, entropies, moments, cumulative distributions, samples, divergences.

``nn.probability.distribution`` names its methods otherwise and lacks kernels on the CPU. Random streams are not those of PyTorch. Parameters are
tensors or numbers and are broadcast; arguments are not validated. Every device; forward and backward in PyNative. A compiled
function refuses to make the objects of tensors: ``jit_class`` sees to that, gradients would be lost silently otherwise.
"""

from .distribution_base import Distribution
from .distributions_discrete import (
    Bernoulli,
    Binomial,
    Categorical,
    Geometric,
    Multinomial,
    NegativeBinomial,
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
    Poisson,
)
from .distributions_gamma import Chi2, FisherSnedecor, Gamma, InverseGamma
from .distributions_positive import Exponential, GeneralizedPareto, HalfCauchy, HalfNormal, LogNormal, Pareto, Weibull
from .distributions_real import Cauchy, Gumbel, Laplace, Normal, StudentT, Uniform, VonMises
from .distributions_transformed import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LogisticNormal,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    TransformedDistribution,
    identity_transform,
)
from .distributions_unit import Beta, ContinuousBernoulli, Kumaraswamy
from .distributions_vector import (
    Dirichlet,
    Independent,
    LogitRelaxedBernoulli,
    LowRankMultivariateNormal,
    MixtureSameFamily,
    MultivariateNormal,
    RelaxedBernoulli,
    RelaxedOneHotCategorical,
)
from .divergences import kl_divergence, register_kl

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LogitRelaxedBernoulli",
    "LowRankMultivariateNormal",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "identity_transform",
    "kl_divergence",
    "register_kl",
]
