package dev.warmpath.router.route;

import java.util.Arrays;

/** The cost terms of every candidate of one decision. Reused; one thread at a time. */
public final class Costs {
  /** By term and candidate: so that sums over terms are taken of many candidates at once. */
  private double[][] terms = new double[0][];

  private double[] totals = new double[0];
  private int termCount;
  private int size;

  /** Sets all terms of all candidates to 0. */
  void start(int candidates, int termsEach) {
    size = candidates;
    termCount = termsEach;
    if (totals.length < candidates || terms.length < termsEach) {
      int room = Math.max(totals.length, candidates);
      terms = new double[Math.max(terms.length, termsEach)][room];
      totals = new double[room];
    } else {
      for (int term = 0; term < termsEach; term++) {
        Arrays.fill(terms[term], 0, candidates, 0);
      }
    }
  }

  /**
   * Sets one term of one candidate.
   *
   * @param candidate from 0
   * @param term its place in {@link Policy#terms}
   * @param value lower is better
   */
  public void set(int candidate, int term, double value) {
    terms[term][candidate] = value;
  }

  /** How many candidates have costs. */
  int size() {
    return size;
  }

  /** The sum of a candidate's terms. */
  public double total(int candidate) {
    double sum = 0;
    for (int term = 0; term < termCount; term++) {
      sum += terms[term][candidate];
    }
    return sum;
  }

  /** {@link #total} of all candidates, as it is now; {@link #size} of them count. */
  double[] totals() {
    double[] sums = totals;
    Arrays.fill(sums, 0, size, 0);
    for (int term = 0; term < termCount; term++) {
      double[] values = terms[term];
      for (int i = 0; i < size; i++) {
        sums[i] += values[i];
      }
    }
    return sums;
  }

  /** One term of a candidate. */
  double term(int candidate, int term) {
    return terms[term][candidate];
  }

  /** A copy of a candidate's terms. */
  public double[] terms(int candidate) {
    double[] copy = new double[termCount];
    for (int term = 0; term < termCount; term++) {
      copy[term] = terms[term][candidate];
    }
    return copy;
  }
}
