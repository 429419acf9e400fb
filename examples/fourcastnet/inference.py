"""Roll the trained network forward over the test year and score the forecasts."""
import argparse
import os
import time
from dataclasses import asdict

import h5py
import numpy as np
import torch

from config import add_common_arguments, config_from
from data.loader import FieldsDataset, load_stats
from metrics import weighted_acc_channels, weighted_rmse_channels
from networks.afno import AFNONet


def load_model(config, device):
    model = AFNONet(**asdict(config.model)).to(device)
    checkpoint = torch.load(os.path.join(config.out, "best_ckpt.tar"), map_location=device)
    model.load_state_dict(checkpoint["model_state"])
    model.eval()
    print("Loaded checkpoint of epoch {}".format(checkpoint["epoch"] + 1))
    return model


def autoregressive_inference(config, model, fields, climatology, latitudes, stds, device):
    """Forecast from fields[0] for as many steps as there are further fields; returns scores [step, channel] and the forecast."""
    n_steps = len(fields) - 1
    f = config.channels.index(config.score_channel)
    rmse = torch.zeros((n_steps, len(config.channels)), device=device)
    acc = torch.zeros((n_steps, len(config.channels)), device=device)
    predictions = []

    with torch.no_grad():
        prediction = fields[0:1]
        for i in range(n_steps):
            start = time.time()
            prediction = model(prediction)
            predictions.append(prediction.cpu().numpy())
            step_time = time.time() - start

            target = fields[i + 1 : i + 2]
            rmse[i] = weighted_rmse_channels(prediction, target, latitudes)[0] * stds
            acc[i] = weighted_acc_channels(prediction - climatology, target - climatology, latitudes)[0]
            print("inference one step time: {:.5f}".format(step_time))
            print("Predicted timestep {} of {}. {} RMS Error: {:.5f}, ACC: {:.5f}".format(i + 1, n_steps, config.score_channel, rmse[i, f].item(), acc[i, f].item()))

    return rmse.cpu().numpy(), acc.cpu().numpy(), np.concatenate(predictions)


def main(config):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = load_model(config, device)
    dataset = FieldsDataset(config, "test")
    with h5py.File(dataset.files_paths[0], "r") as f:
        year = dataset.normalize(f["fields"][:])

    climatology = torch.as_tensor((load_stats(config.data, "time_means") - dataset.means) / dataset.stds).to(device)
    latitudes = torch.as_tensor(load_stats(config.data, "latitude")).to(device)
    stds = torch.as_tensor(dataset.stds).to(device).flatten()

    length = config.prediction_length
    starts = np.linspace(0, len(year) - length - 1, config.initial_conditions).astype(int)
    all_rmse, all_acc, all_predictions = [], [], []
    for n, start in enumerate(starts):
        print("Initial condition {} of {}: sample {}".format(n + 1, len(starts), start))
        fields = torch.as_tensor(year[start : start + length + 1]).to(device)
        rmse, acc, predictions = autoregressive_inference(config, model, fields, climatology, latitudes, stds, device)
        all_rmse.append(rmse)
        all_acc.append(acc)
        all_predictions.append(predictions)

    mean_rmse = np.mean(all_rmse, axis=0)
    mean_acc = np.mean(all_acc, axis=0)
    for c, name in enumerate(config.channels):
        print("{}: RMSE {:.4g} at step 1, {:.4g} at step {}; ACC {:.4f}, {:.4f}".format(name, mean_rmse[0, c], mean_rmse[-1, c], length, mean_acc[0, c], mean_acc[-1, c]))

    np.savez(
        os.path.join(config.out, "predictions.npz"),
        rmse=np.stack(all_rmse),
        acc=np.stack(all_acc),
        starts=starts,
        channels=np.array(config.channels),
        latitude=load_stats(config.data, "latitude"),
        prediction=np.stack(all_predictions) * dataset.stds + dataset.means,
        target=np.stack([year[start + 1 : start + length + 1] for start in starts]) * dataset.stds + dataset.means,
    )
    print("DONE")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_common_arguments(parser)
    parser.add_argument("--prediction-length", default=20, type=int)
    parser.add_argument("--initial-conditions", default=8, type=int)
    parser.add_argument("--score-channel", default="z500", help="the channel whose scores are printed at each step")
    main(config_from(parser.parse_args()))
