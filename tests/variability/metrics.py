"""Variability metrics of light curves, by numpy.

Reads `source_id,flux_jy,error_jy` lines, sorted by source; an empty error is none. Writes for each source its
name and metrics as tab-separated columns, `none` where a metric is not defined. Sums are taken in extended
precision, so that what differs is the other side's rounding.
"""

import csv
import itertools
import sys

import numpy as np


def metrics(flux, error):
    flux = np.array(flux, dtype=np.longdouble)
    error = np.array([np.nan if e is None else e for e in error], dtype=np.longdouble)
    count = len(flux)
    mean = flux.mean()
    std = flux.std()  # of the population
    weighted = np.isfinite(error) & (error > 0)
    if weighted.all():
        chi2_nu = (((flux - mean) / error) ** 2).sum() / (count - 1)
    else:
        chi2_nu = None
    w, f = error[weighted] ** -2, flux[weighted]
    n = len(f)
    if n < 2:
        eta = 0
    else:
        # The definition: plain means over the points. About the mean, which changes nothing but the digits lost.
        f = f - mean
        eta = np.longdouble(n) / (n - 1) * (
            (w * f**2).mean() - (w * f).mean() ** 2 / w.mean()
        )
    sigma = max(abs(flux.max() - mean), abs(flux.min() - mean)) / std
    return {
        "n_obs": count,
        "mean": mean * 1000,
        "std": std * 1000,
        "min": flux.min() * 1000,
        "max": flux.max() * 1000,
        "chi2_nu": chi2_nu,
        "sigma_deviation": sigma,
        "eta": eta,
        "v": std / mean,
    }


def main():
    rows = csv.DictReader(sys.stdin)
    for source, points in itertools.groupby(rows, key=lambda row: row["source_id"]):
        points = list(points)
        flux = [float(point["flux_jy"]) for point in points]
        error = [float(point["error_jy"]) if point["error_jy"] else None for point in points]
        values = metrics(flux, error).values()
        cells = ["none" if value is None else repr(float(value)) for value in values]
        print(source, *cells, sep="\t")


main()
