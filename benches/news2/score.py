"""NEWS2 as a column in pandas and in SQL, and whether all agree: see `run` beside this file."""

import json
import os
import sys
import time

import numpy as np
import pandas as pd
import psycopg

COLUMNS = [
    "respiratory_rate", "oxygen_saturation", "systolic_blood_pressure", "pulse", "temperature",
    "consciousness", "new_confusion", "scale2", "oxygen",
]
SLACK = 0.5 + 1e-9


def banded(value, *bands):
    """Points of a rounded column: pairs of (up to, points), the last up to infinity."""
    points = np.select([value <= end for end, _ in bands], [float(p) for _, p in bands], np.nan)
    return pd.Series(points, index=value.index)


def pandas_news2(frame):
    top = np.inf
    saturation = np.floor(frame.oxygen_saturation + SLACK)
    one = banded(saturation, (91, 3), (93, 2), (95, 1), (top, 0))
    air = banded(saturation, (83, 3), (85, 2), (87, 1), (top, 0))
    oxygen = banded(saturation, (83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (top, 3))
    alert = frame.consciousness.where(frame.consciousness >= 1)
    alert = alert.fillna((frame.new_confusion >= 1).map({True: 1.0, False: np.nan}))
    alert = alert.fillna(frame.consciousness)
    points = pd.DataFrame({
        "respiration": banded(np.floor(frame.respiratory_rate + SLACK),
                              (8, 3), (11, 1), (20, 0), (24, 2), (top, 3)),
        "saturation": one.where(~frame.scale2, oxygen.where(frame.oxygen, air)),
        "systolic": banded(np.floor(frame.systolic_blood_pressure + SLACK),
                           (90, 3), (100, 2), (110, 1), (219, 0), (top, 3)),
        "pulse": banded(np.floor(frame.pulse + SLACK),
                        (40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (top, 3)),
        "temperature": banded(np.floor(frame.temperature * 10 + SLACK),
                              (350, 3), (360, 1), (380, 0), (390, 1), (top, 2)),
        "consciousness": banded(alert, (0, 0), (top, 3)),
    })
    score = points.sum(axis=1, min_count=1) + frame.oxygen * 2
    return pd.DataFrame({"score": score, "parameters": points.notna().sum(axis=1)})


def sql_news2(frame, url, statement, rounds):
    """The best time and the scores, by a PostgreSQL server on this machine."""
    with psycopg.connect(url, autocommit=True) as connection:
        kinds = ["boolean" if c in ("scale2", "oxygen") else "float8" for c in COLUMNS]
        columns = ", ".join(f"{c} {k}" for c, k in zip(COLUMNS, kinds))
        connection.execute(f"create temporary table reading (id int8, {columns})")
        with connection.cursor().copy("copy reading from stdin (format csv)") as copy:
            for start in range(0, len(frame), 100_000):
                part = frame.loc[start:start + 99_999, COLUMNS]
                copy.write(part.to_csv(header=False, index=True))
        connection.execute("analyze reading")
        best = np.inf
        for _ in range(rounds):
            connection.execute("drop table if exists scored")
            begun = time.perf_counter()
            connection.execute(statement)
            best = min(best, time.perf_counter() - begun)
        rows = connection.execute("select score, parameters from scored order by id").fetchall()
    return best, pd.DataFrame(rows, columns=["score", "parameters"])


def differing(found, expected):
    """In how many rows two results differ."""
    same = pd.Series(True, index=expected.index)
    for column in ("score", "parameters"):
        left = found[column].astype("float64").fillna(-1).to_numpy()
        right = expected[column].astype("float64").fillna(-1).to_numpy()
        same &= left == right
    return int((~same).sum())


def main():
    readings, rust_result, rust_report, rounds = sys.argv[1:5]
    rounds = int(rounds)
    frame = pd.read_parquet(readings)
    expected = pd.read_parquet(rust_result)
    with open(rust_report) as file:
        reports = [json.load(file)]

    best = np.inf
    for _ in range(rounds):
        begun = time.perf_counter()
        by_pandas = pandas_news2(frame)
        best = min(best, time.perf_counter() - begun)
    reports.append({"who": f"pandas {pd.__version__}", "rows": len(frame), "seconds": best})

    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "news2.sql")) as file:
        statement = file.read()
    url = os.environ["PULSVAGT_TEST_DATABASE_URL"]
    best, by_sql = sql_news2(frame, url, statement, rounds)
    reports.append({"who": "PostgreSQL, plain SQL", "rows": len(frame), "seconds": best})

    print(f"NEWS2 of {len(frame):,} rows, best of {rounds}, {os.cpu_count()} cores")
    for report in reports:
        ratio = report["seconds"] / reports[0]["seconds"]
        per_second = report["rows"] / report["seconds"]
        print(f"  {report['who']:<30} {report['seconds']:8.3f} s {per_second:14,.0f} rows/s"
              f" {ratio:8.1f} ×")
    wrong = {"pandas": differing(by_pandas, expected), "SQL": differing(by_sql, expected)}
    print(json.dumps({"reports": reports, "differing_rows": wrong}))
    if any(wrong.values()):
        sys.exit(f"results differ: {wrong}")
    print(f"all three agree on every row; scores {expected.score.min()} to {expected.score.max()}")


main()
