"""Latitude-weighted scores of a forecast, for fields [sample, channel, lat, lon]; latitudes in degrees."""
import torch


def latitude_weights(latitudes):
    """cos(latitude), scaled to a mean of one, shaped to broadcast over [sample, channel, lat, lon]."""
    weights = torch.cos(torch.deg2rad(latitudes))
    return torch.reshape(weights / torch.mean(weights), (1, 1, -1, 1))


def weighted_rmse_channels(pred, target, latitudes):
    """Root mean square error of each sample and channel, [sample, channel], in the units of the fields."""
    weight = latitude_weights(latitudes)
    return torch.sqrt(torch.mean(weight * (pred - target) ** 2.0, dim=(-1, -2)))


def weighted_rmse(pred, target, latitudes):
    return torch.mean(weighted_rmse_channels(pred, target, latitudes), dim=0)


def weighted_acc_channels(pred, target, latitudes):
    """Anomaly correlation of each sample and channel; both fields must be departures from the climatology."""
    weight = latitude_weights(latitudes)
    covariance = torch.sum(weight * pred * target, dim=(-1, -2))
    variances = torch.sum(weight * pred * pred, dim=(-1, -2)) * torch.sum(weight * target * target, dim=(-1, -2))
    return covariance / torch.sqrt(variances)


def weighted_acc(pred, target, latitudes):
    return torch.mean(weighted_acc_channels(pred, target, latitudes), dim=0)
