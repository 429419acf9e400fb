"""Train the network to step the fields forward in time."""
import argparse
import json
import os
import random
import time
from dataclasses import asdict

import numpy as np
import torch
import torch.distributed as dist
import torch.nn as nn
from torch.amp import GradScaler, autocast
from torch.nn.parallel import DistributedDataParallel

from config import add_common_arguments, config_from
from data.loader import get_data_loader, load_stats
from metrics import weighted_rmse_channels
from networks.afno import AFNONet


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)


class Trainer:
    def __init__(self, config):
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.backends.cudnn.benchmark = True

        self.train_loader, self.train_dataset = get_data_loader(config, "train", train=True)
        self.valid_loader, self.valid_dataset = get_data_loader(config, "valid", train=False)
        self.latitudes = torch.as_tensor(load_stats(config.data, "latitude")).to(self.device)
        self.stds = torch.as_tensor(load_stats(config.data, "global_stds")).to(self.device)

        self.network = AFNONet(**asdict(config.model)).to(self.device)
        self.model = DistributedDataParallel(self.network) if config.processes > 1 else self.network
        self.loss_fn = nn.MSELoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=config.lr)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=config.epochs)
        self.scaler = GradScaler(self.device.type, enabled=config.amp)

        self.is_first = config.processes == 1 or dist.get_rank() == 0
        self.start_epoch = 0
        self.iters = 0
        self.best_valid_loss = float("inf")
        self.history = []
        self.checkpoint_path = os.path.join(config.out, "ckpt.tar")
        self.best_checkpoint_path = os.path.join(config.out, "best_ckpt.tar")
        os.makedirs(config.out, exist_ok=True)
        if config.resume and os.path.isfile(self.checkpoint_path):
            self.restore_checkpoint(self.checkpoint_path)

        n_params = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
        print(f"Number of trainable model parameters: {n_params}")

    def train(self):
        training_start = time.time()
        for epoch in range(self.start_epoch, self.config.epochs):
            start = time.time()
            if self.config.processes > 1:
                self.train_loader.sampler.set_epoch(epoch)
            tr_time, data_time, step_time, train_loss = self.train_one_epoch()
            valid_time, valid_loss, valid_rmse = self.validate_one_epoch()
            lr = self.optimizer.param_groups[0]["lr"]
            self.scheduler.step()

            self.history.append({"epoch": epoch + 1, "train_loss": train_loss, "valid_loss": valid_loss, "lr": float(lr)})
            if self.is_first:
                self.save_checkpoint(self.checkpoint_path, epoch)
            if valid_loss <= self.best_valid_loss:
                self.best_valid_loss = valid_loss
                if self.is_first:
                    self.save_checkpoint(self.best_checkpoint_path, epoch)

            print("Time taken for epoch {} is {:.3f} sec".format(epoch + 1, time.time() - start))
            print(f"train data time={data_time:.4f}, train per epoch time={tr_time:.4f}, train per step time={step_time:.4f}, valid time={valid_time:.4f}")
            print("Train loss: {:.6f}. Valid loss: {:.6f}".format(train_loss, valid_loss))
            print("Valid RMSE: " + ", ".join(f"{c} {v:.4g}" for c, v in zip(self.config.channels, valid_rmse)), flush=True)

        if self.is_first:
            with open(os.path.join(self.config.out, "history.json"), "w") as f:
                json.dump(self.history, f, indent=1)
        print("Training time is {:.3f} sec".format(time.time() - training_start))

    def train_one_epoch(self):
        tr_time = 0.0
        data_time = 0.0
        train_loss = 0.0
        steps = 0
        self.model.train()

        data_start = time.time()
        for inp, tar in self.train_loader:
            inp = inp.to(self.device, dtype=torch.float)
            tar = tar.to(self.device, dtype=torch.float)
            data_time += time.time() - data_start
            tr_start = time.time()

            self.optimizer.zero_grad()
            with autocast(self.device.type, dtype=torch.float16, enabled=self.config.amp):
                gen = self.model(inp)
                loss = self.loss_fn(gen, tar)
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()

            train_loss += loss.item()
            self.iters += 1
            steps += 1
            tr_time += time.time() - tr_start
            data_start = time.time()

        return tr_time, data_time, tr_time / steps, train_loss / steps

    def validate_one_epoch(self):
        self.model.eval()
        valid_start = time.time()
        valid_loss = 0.0
        valid_rmse = torch.zeros(len(self.config.channels), device=self.device)
        steps = 0

        with torch.no_grad():
            for inp, tar in self.valid_loader:
                inp = inp.to(self.device, dtype=torch.float)
                tar = tar.to(self.device, dtype=torch.float)
                gen = self.network(inp)
                valid_loss += self.loss_fn(gen, tar).item()
                rmse = weighted_rmse_channels(gen, tar, self.latitudes)
                valid_rmse += torch.mean(rmse, dim=0) * self.stds.flatten()
                steps += 1

        valid_rmse = (valid_rmse / steps).cpu().numpy()
        return time.time() - valid_start, valid_loss / steps, valid_rmse

    def save_checkpoint(self, checkpoint_path, epoch):
        torch.save(
            {
                "iters": self.iters,
                "epoch": epoch,
                "best_valid_loss": self.best_valid_loss,
                "model_state": self.network.state_dict(),
                "optimizer_state_dict": self.optimizer.state_dict(),
                "scheduler_state_dict": self.scheduler.state_dict(),
                "scaler_state_dict": self.scaler.state_dict(),
            },
            checkpoint_path,
        )

    def restore_checkpoint(self, checkpoint_path):
        checkpoint = torch.load(checkpoint_path, map_location=self.device)
        self.network.load_state_dict(checkpoint["model_state"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
        self.scheduler.load_state_dict(checkpoint["scheduler_state_dict"])
        self.scaler.load_state_dict(checkpoint["scaler_state_dict"])
        self.iters = checkpoint["iters"]
        self.start_epoch = checkpoint["epoch"] + 1
        self.best_valid_loss = checkpoint["best_valid_loss"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_common_arguments(parser)
    parser.add_argument("--epochs", default=8, type=int)
    parser.add_argument("--lr", default=1e-3, type=float)
    parser.add_argument("--processes", default=1, type=int, help="that train together, started by torchrun")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/ckpt.tar")
    config = config_from(parser.parse_args())

    if config.processes > 1:
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    set_seed(config.seed)
    trainer = Trainer(config)
    trainer.train()
    print("DONE")
