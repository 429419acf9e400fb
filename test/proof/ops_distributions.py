"""Samples of the distributions in ``mindport_ops``: their mean and variance, compared with PyTorch's, and the gradients they pass on."""

import sys
import unittest
from pathlib import Path

import mindspore as ms
import numpy as np
import torch
from mindspore import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from mindport_ops import distributions as ours

theirs = torch.distributions
COUNT = 40_000

#: name: parameters, for which mean and variance exist
CASES: dict[str, dict] = {
    "Bernoulli": {"probs": 0.3},
    "Beta": {"concentration1": 2.0, "concentration0": 3.0},
    "Binomial": {"total_count": 7, "probs": 0.3},
    "Categorical": {"probs": [0.1, 0.2, 0.7]},
    "Chi2": {"df": 4.0},
    "ContinuousBernoulli": {"probs": 0.3},
    "Dirichlet": {"concentration": [1.0, 2.0, 3.0]},
    "Exponential": {"rate": 2.0},
    "FisherSnedecor": {"df1": 5.0, "df2": 30.0},
    "Gamma": {"concentration": 3.0, "rate": 2.0},
    "GeneralizedPareto": {"loc": 1.0, "scale": 2.0, "concentration": -0.3},
    "Geometric": {"probs": 0.3},
    "Gumbel": {"loc": 1.0, "scale": 2.0},
    "HalfNormal": {"scale": 2.0},
    "InverseGamma": {"concentration": 12.0, "rate": 2.0},
    "Kumaraswamy": {"concentration1": 2.0, "concentration0": 3.0},
    "Laplace": {"loc": 1.0, "scale": 2.0},
    "LogNormal": {"loc": 0.1, "scale": 0.3},
    "Multinomial": {"total_count": 5, "probs": [0.1, 0.2, 0.7]},
    "NegativeBinomial": {"total_count": 5.0, "probs": 0.3},
    "Normal": {"loc": 1.0, "scale": 2.0},
    "OneHotCategorical": {"probs": [0.1, 0.2, 0.7]},
    "Pareto": {"scale": 2.0, "alpha": 12.0},
    "Poisson": {"rate": 3.0},
    "StudentT": {"df": 12.0, "loc": 1.0, "scale": 2.0},
    "Uniform": {"low": -1.0, "high": 2.0},
    "Weibull": {"scale": 2.0, "concentration": 3.0},
}
#: those whose mean and variance PyTorch does not give are compared with samples of its own
SAMPLED: dict[str, dict] = {
    "LogisticNormal": {"loc": [0.1, 0.2], "scale": [0.5, 1.0]},
    "RelaxedBernoulli": {"temperature": 0.7, "probs": 0.3},
    "RelaxedOneHotCategorical": {"temperature": 0.7, "probs": [0.1, 0.2, 0.7]},
    "VonMises": {"loc": 0.5, "concentration": 4.0},
}


def _given(parameters: dict, library: str) -> dict:
    make = torch.tensor if library == "torch" else lambda value: Tensor(value, ms.float32)
    return {name: value if name == "total_count" else make(value) for name, value in parameters.items()}


def _moments(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return drawn.mean(0), drawn.var(0)


class Samples(unittest.TestCase):
    def setUp(self) -> None:
        ms.set_seed(1)
        np.random.seed(1)
        torch.manual_seed(1)

    def compare(self, name: str, drawn: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> None:
        """Within six standard errors; that of the variance with the fourth moment of the samples."""
        found, spread = _moments(drawn.astype(np.float64))
        fourth = ((drawn - found) ** 4).mean(0)
        errors = (np.sqrt(variance / COUNT), np.sqrt(np.maximum(fourth - spread**2, 0) / COUNT))
        self.assertTrue(np.all(np.abs(found - mean) <= 6 * errors[0] + 1e-6), f"{name}: mean {found}, not {mean}")
        self.assertTrue(np.all(np.abs(spread - variance) <= 6 * errors[1] + 1e-6), f"{name}: variance {spread}, not {variance}")

    def test_mean_and_variance(self) -> None:
        for name, parameters in CASES.items():
            with self.subTest(name):
                drawn = getattr(ours, name)(**_given(parameters, "mindspore")).sample((COUNT,)).asnumpy()
                reference = getattr(theirs, name)(**_given(parameters, "torch"))
                if name == "Categorical":
                    drawn, reference = np.eye(3)[drawn], theirs.OneHotCategorical(**_given(parameters, "torch"))
                self.compare(name, drawn, reference.mean.numpy(), reference.variance.numpy())

    def test_those_without_moments_in_closed_form(self) -> None:
        for name, parameters in SAMPLED.items():
            with self.subTest(name):
                drawn = getattr(ours, name)(**_given(parameters, "mindspore")).sample((COUNT,)).asnumpy()
                reference = getattr(theirs, name)(**_given(parameters, "torch")).sample((4 * COUNT,)).numpy()
                self.compare(name, drawn, *_moments(reference.astype(np.float64)))

    def test_vectors_mixtures_and_transforms(self) -> None:
        covariance = np.array([[2.0, 0.5], [0.5, 1.0]], np.float32)
        loc = np.array([1.0, -1.0], np.float32)
        normal = ours.MultivariateNormal(Tensor(loc), Tensor(covariance))
        drawn = normal.rsample((COUNT,)).asnumpy()
        self.compare("MultivariateNormal", drawn, loc, np.diag(covariance))
        np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.08)
        low = ours.LowRankMultivariateNormal(Tensor(loc), Tensor([[1.0], [2.0]], ms.float32), Tensor([0.5, 0.25], ms.float32))
        self.compare("LowRankMultivariateNormal", low.rsample((COUNT,)).asnumpy(), loc, np.array([1.5, 4.25]))
        mixture = (Tensor([0.2, 0.8], ms.float32), Tensor([-1.0, 3.0], ms.float32), Tensor([1.0, 0.5], ms.float32))
        mixed = ours.MixtureSameFamily(ours.Categorical(mixture[0]), ours.Normal(*mixture[1:]))
        plain = theirs.MixtureSameFamily(theirs.Categorical(torch.tensor([0.2, 0.8])), theirs.Normal(torch.tensor([-1.0, 3.0]), torch.tensor([1.0, 0.5])))
        self.compare("MixtureSameFamily", mixed.sample((COUNT,)).asnumpy(), plain.mean.numpy(), plain.variance.numpy())
        moved = ours.TransformedDistribution(ours.Normal(0.0, 1.0), [ours.AffineTransform(1.0, 3.0)])
        self.compare("TransformedDistribution", moved.sample((COUNT,)).asnumpy(), np.array(1.0), np.array(9.0))

    def test_gradients_of_samples(self) -> None:
        """d/dscale of the mean of loc + scale * z is the mean of z; of |x| it is that of |z|."""
        drawn = ms.grad(lambda scale: ours.Normal(Tensor(0.0), scale).rsample((COUNT,)).abs().mean())(Tensor(2.0))
        self.assertAlmostEqual(float(drawn), np.sqrt(2 / np.pi), delta=0.02)
        stopped = ms.grad(lambda scale: ours.Normal(Tensor(0.0), scale).sample((10,)).sum())(Tensor(2.0))
        self.assertEqual(float(stopped), 0.0)
        straight = ms.grad(lambda logits: (ours.OneHotCategoricalStraightThrough(logits=logits).rsample() * Tensor([1.0, 2.0, 3.0])).sum())
        self.assertTrue(np.any(straight(Tensor([0.1, 0.2, 0.3], ms.float32)).asnumpy() != 0))

    def test_what_is_not_there_says_so(self) -> None:
        for act in (
            lambda: ours.Gamma(1.0, 1.0).rsample(),
            lambda: ours.kl_divergence(ours.Normal(0.0, 1.0), ours.Gamma(1.0, 1.0)),
            lambda: ours.Poisson(1.0).entropy(),
        ):
            self.assertRaises(NotImplementedError, act)


if __name__ == "__main__":
    unittest.main()
