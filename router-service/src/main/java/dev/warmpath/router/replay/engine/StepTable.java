package dev.warmpath.router.replay.engine;

import java.util.List;

/**
 * Measured times of steps over two figures of a step, bilinear between the points. Below its first
 * point an axis has the time of that point; beyond its last, time goes on as it did before, or
 * stays if it fell. Immutable; any thread.
 */
final class StepTable {
  /*
   * So that every step lies between points, each axis gets one at 0 and one so far away that
   * nothing comes there.
   */
  private static final double FAR = 1e9;

  private final double[] rows;
  private final double[] columns;
  private final double[][] millis;

  /**
   * A table.
   *
   * @param rowsName name of the first axis, for messages
   * @param rows its points, from 0, rising
   * @param columnsName name of the second axis
   * @param columns its points, from 0, rising
   * @param millis a row of times for each point of the first axis, above 0
   * @throws IllegalArgumentException naming what does not fit
   */
  StepTable(
      String rowsName,
      List<Double> rows,
      String columnsName,
      List<Double> columns,
      List<List<Double>> millis) {
    requireRising(rowsName, rows);
    requireRising(columnsName, columns);
    if (millis.size() != rows.size()
        || millis.stream().anyMatch(row -> row.size() != columns.size())) {
      throw new IllegalArgumentException(
          "ms must have a row for each of the %d %s, each with a time for each of the %d %s"
              .formatted(rows.size(), rowsName, columns.size(), columnsName));
    }
    this.rows = axis(rows);
    this.columns = axis(columns);
    this.millis = new double[this.rows.length][];
    for (int i = 0; i < rows.size(); i++) {
      for (double time : millis.get(i)) {
        Constants.requireAbove("ms", time, 0);
      }
      this.millis[i + 1] = extended(this.columns, millis.get(i));
    }
    this.millis[0] = this.millis[1];
    this.millis[rows.size() + 1] = lastRow(rows.size());
  }

  private static void requireRising(String name, List<Double> points) {
    if (points.isEmpty()) {
      throw new IllegalArgumentException(name + " must have at least one point");
    }
    double before = -1;
    for (double point : points) {
      if (!(point >= 0 && point < FAR)) {
        throw new IllegalArgumentException(
            "%s must be from 0 and below %.0f, was %s".formatted(name, FAR, point));
      }
      if (point <= before) {
        throw new IllegalArgumentException(
            "%s must rise, was %s after %s".formatted(name, point, before));
      }
      before = point;
    }
  }

  /** An axis with its two more points; the first may be 0 twice, which makes a cell of no size. */
  private static double[] axis(List<Double> points) {
    double[] axis = new double[points.size() + 2];
    for (int i = 0; i < points.size(); i++) {
      axis[i + 1] = points.get(i);
    }
    axis[axis.length - 1] = FAR;
    return axis;
  }

  private static double[] extended(double[] columns, List<Double> times) {
    int last = times.size();
    double[] row = new double[last + 2];
    row[0] = times.getFirst();
    for (int i = 0; i < last; i++) {
      row[i + 1] = times.get(i);
    }
    row[last + 1] = row[last];
    if (last > 1) {
      row[last + 1] += beyond(columns, last, row[last - 1], row[last]);
    }
    return row;
  }

  private double[] lastRow(int last) {
    double[] row = millis[last].clone();
    for (int i = 0; i < row.length && last > 1; i++) {
      row[i] += beyond(rows, last, millis[last - 1][i], millis[last][i]);
    }
    return row;
  }

  /** What the time grows by from the last point of an axis to the far one. */
  private static double beyond(double[] axis, int last, double before, double time) {
    double slope = (time - before) / (axis[last] - axis[last - 1]);
    return Math.max(0, slope) * (FAR - axis[last]);
  }

  /** The time at a point, milliseconds; both figures from 0. */
  double at(double row, double column) {
    return along(row, 0, column, 0, 1);
  }

  /**
   * The sum of the times at points in a row, milliseconds: {@code (row + j * rowStep, column + j *
   * columnStep)} for j from 0. Its cost grows with the cells that are crossed, not with the steps.
   *
   * @param rowStep 0 or more
   * @param columnStep 0 or more
   * @param steps how many points, at least 1
   */
  double along(double row, double rowStep, double column, double columnStep, long steps) {
    double sum = 0;
    for (long done = 0; done < steps; ) {
      double r = row + rowStep * done;
      double c = column + columnStep * done;
      int i = cell(rows, r);
      int k = cell(columns, c);
      long count = Math.min(stepsIn(rows, i, r, rowStep), stepsIn(columns, k, c, columnStep));
      count = Math.min(count, steps - done);
      double rowSize = rows[i + 1] - rows[i];
      double columnSize = columns[k + 1] - columns[k];
      sum +=
          sumInCell(
              i,
              k,
              (r - rows[i]) / rowSize,
              rowStep / rowSize,
              (c - columns[k]) / columnSize,
              columnStep / columnSize,
              count);
      done += count;
    }
    return sum;
  }

  /** In a cell times are a + b u + d v + e u v; u and v from 0 to 1 across it grow by each step. */
  private double sumInCell(int i, int k, double u, double du, double v, double dv, long count) {
    double a = millis[i][k];
    double b = millis[i + 1][k] - a;
    double d = millis[i][k + 1] - a;
    double e = millis[i + 1][k + 1] - millis[i + 1][k] - d;
    double first = a + b * u + d * v + e * u * v;
    double linear = b * du + d * dv + e * (u * dv + v * du);
    return count * first
        + linear * Series.sumBelow(count)
        + e * du * dv * Series.squaresBelow(count);
  }

  private static int cell(double[] axis, double at) {
    int cell = axis.length - 2;
    while (cell > 0 && at < axis[cell]) {
      cell--;
    }
    return cell;
  }

  /** How many steps, at least one, start before the end of a cell. */
  private static long stepsIn(double[] axis, int cell, double at, double step) {
    if (step == 0 || cell == axis.length - 2) {
      return Long.MAX_VALUE;
    }
    return Math.max(1, (long) Math.ceil((axis[cell + 1] - at) / step));
  }
}
