"""Settings of the model and the experiment."""
from dataclasses import dataclass, field


@dataclass
class ModelConfig:
    img_size: tuple = (32, 64)
    patch_size: tuple = (4, 4)
    in_chans: int = 4
    out_chans: int = 4
    embed_dim: int = 64
    depth: int = 3
    mlp_ratio: float = 4.0
    drop_rate: float = 0.0
    drop_path_rate: float = 0.1
    num_blocks: int = 8
    sparsity_threshold: float = 0.01
    hard_thresholding_fraction: float = 1.0


@dataclass
class Config:
    data: str = "dataset"
    out: str = "results"
    dt: int = 1  # samples between input and target
    batch_size: int = 8
    epochs: int = 8
    lr: float = 1e-3
    seed: int = 0
    amp: bool = False
    num_workers: int = 0
    processes: int = 1
    resume: bool = False
    prediction_length: int = 20
    initial_conditions: int = 8
    score_channel: str = "z500"
    channels: tuple = ("u500", "v500", "vo500", "z500")
    model: ModelConfig = field(default_factory=ModelConfig)


def add_common_arguments(parser):
    defaults = Config()
    parser.add_argument("--data", default=defaults.data, help="folder made by data/generate.py")
    parser.add_argument("--out", default=defaults.out, help="folder for checkpoints and scores")
    parser.add_argument("--batch-size", default=defaults.batch_size, type=int)
    parser.add_argument("--num-workers", default=defaults.num_workers, type=int)
    parser.add_argument("--seed", default=defaults.seed, type=int)
    parser.add_argument("--amp", action="store_true", help="mixed precision")


def config_from(args):
    """A Config with every setting that the parsed arguments name."""
    config = Config()
    for name, value in vars(args).items():
        if not hasattr(config, name):
            raise ValueError(f"unknown setting {name}")
        setattr(config, name, value)
    return config
