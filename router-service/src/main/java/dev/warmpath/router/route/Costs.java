package dev.warmpath.router.route;

import java.util.Arrays;

/** The cost terms of every candidate of one decision. Reused; one thread at a time. */
public final class Costs {
  private double[] terms = new double[0];
  private int termCount;
  private int size;

  /** Sets all terms of all candidates to 0. */
  void start(int candidates, int termsEach) {
    size = candidates;
    termCount = termsEach;
    if (terms.length < candidates * termsEach) {
      terms = new double[candidates * termsEach];
    } else {
      Arrays.fill(terms, 0, candidates * termsEach, 0);
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
    terms[candidate * termCount + term] = value;
  }

  /** How many candidates have costs. */
  int size() {
    return size;
  }

  /** The sum of a candidate's terms. */
  public double total(int candidate) {
    double sum = 0;
    int end = (candidate + 1) * termCount;
    for (int i = candidate * termCount; i < end; i++) {
      sum += terms[i];
    }
    return sum;
  }

  /** A copy of a candidate's terms. */
  public double[] terms(int candidate) {
    return Arrays.copyOfRange(terms, candidate * termCount, (candidate + 1) * termCount);
  }
}
