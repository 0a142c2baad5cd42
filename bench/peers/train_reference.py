"""The reference recipe in PyTorch: the peer that `npm run bench -- train` is timed against.

Written from the recipe's description, not from this project's code, so that it is an independent
second opinion on the numbers too: leave-one-source-out over every source, then a fit on all rows.

Input: a parquet table (needs pandas and pyarrow), or the .npy copy that bench/lib/npy.mjs writes: float64 [rows, 8],
columns = index of the source in name order, teacher score, the six features of canonical6.
Output: one line of JSON with mean PLCC, SROCC (average ranks for ties) and RMSE over the folds, and the seconds spent.
Needs torch >= 1.13 and numpy (Debian: python3-torch python3-numpy).
"""

import argparse
import json
import math
import time

START = time.perf_counter()

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CANONICAL6 = ["adm2", "vif_scale0", "vif_scale1", "vif_scale2", "vif_scale3", "motion2"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", help=".parquet or .npy")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--weight-decay", type=float, default=1e-5)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folds", type=int, help="hold out only the first FOLDS sources")
    parser.add_argument(
        "--loader",
        choices=["dataloader", "tensor"],
        default="dataloader",
        help="dataloader: TensorDataset + DataLoader, as the reference trainer; tensor: a plain loop over a permutation",
    )
    parser.add_argument("--standardise-target", action="store_true", help="fit to zero mean and unit variance")
    parser.add_argument("--cosine", action="store_true", help="decay the learning rate to zero, a step per batch")
    return parser.parse_args()


def read_table(path):
    """Source index [N], features [N, 6] and teacher scores [N], float64."""
    if path.endswith(".parquet"):
        import pandas

        frame = pandas.read_parquet(path, columns=["source", "vmaf", *CANONICAL6])
        order = {name: index for index, name in enumerate(sorted(frame["source"].unique()))}
        return frame["source"].map(order).to_numpy(), frame[CANONICAL6].to_numpy(), frame["vmaf"].to_numpy()
    matrix = np.load(path)
    return matrix[:, 0].astype(np.int64), np.ascontiguousarray(matrix[:, 2:]), np.ascontiguousarray(matrix[:, 1])


def standardisation(columns):
    """Mean and population standard deviation per column, float64; a constant column keeps its scale."""
    mean = columns.mean(axis=0)
    scale = columns.std(axis=0)
    return mean, np.where(scale < 1e-8, 1.0, scale)


def batches(features, targets, args):
    """Shuffled batches of one epoch; the last partial batch is kept."""
    if args.loader == "dataloader":
        return DataLoader(TensorDataset(features, targets), batch_size=args.batch_size, shuffle=True)
    order = torch.randperm(len(features))
    return ((features[rows], targets[rows]) for rows in order.split(args.batch_size))


def fit(features, teacher, args):
    """Trains on all given rows and returns a function from features [N, 6] to scores [N]."""
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    mean, scale = standardisation(features)
    target_mean, target_scale = standardisation(teacher) if args.standardise_target else (0.0, 1.0)
    x = torch.from_numpy(((features - mean) / scale).astype(np.float32))
    y = torch.from_numpy(((teacher - target_mean) / target_scale).astype(np.float32))

    model = nn.Sequential(
        nn.Linear(6, 64), nn.GELU(), nn.Dropout(args.dropout),
        nn.Linear(64, 64), nn.GELU(), nn.Dropout(args.dropout),
        nn.Linear(64, 1),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    steps = args.epochs * math.ceil(len(x) / args.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps) if args.cosine else None
    loss_of = nn.MSELoss()
    model.train()
    for _ in range(args.epochs):
        for batch_x, batch_y in batches(x, y, args):
            optimizer.zero_grad()
            loss = loss_of(model(batch_x).squeeze(-1), batch_y)
            loss.backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
    model.eval()

    def predict(rows):
        with torch.no_grad():
            standardised = torch.from_numpy(((rows - mean) / scale).astype(np.float32))
            return model(standardised).squeeze(-1).numpy().astype(np.float64) * target_scale + target_mean

    return predict


def midranks(values):
    """Ranks from 1, ties sharing the mean of the ranks they span."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[group]


def metrics(predicted, teacher):
    return {
        "plcc": float(np.corrcoef(predicted, teacher)[0, 1]),
        "srocc": float(np.corrcoef(midranks(predicted), midranks(teacher))[0, 1]),
        "rmse": float(np.sqrt(np.mean((predicted - teacher) ** 2))),
    }


def main():
    args = parse_arguments()
    torch.set_num_threads(1)
    source, features, teacher = read_table(args.table)
    loaded = time.perf_counter()
    folds = []
    for held_out in range(source.max() + 1)[: args.folds]:
        test = source == held_out
        predict = fit(features[~test], teacher[~test], args)
        folds.append(metrics(predict(features[test]), teacher[test]))
    validated = time.perf_counter()
    in_sample = metrics(fit(features, teacher, args)(features), teacher)
    done = time.perf_counter()
    mean = {name: sum(fold[name] for fold in folds) / len(folds) for name in ("plcc", "srocc", "rmse")}
    seconds = {"load": loaded - START, "loso": validated - loaded, "fit": done - validated}
    rounded = {name: round(value, 3) for name, value in seconds.items()}
    print(json.dumps({**mean, "folds": len(folds), "in_sample": in_sample, "seconds": rounded, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
