package dev.warmpath.router.replay.calibrate;

import dev.warmpath.router.replay.study.Metric;
import dev.warmpath.router.route.Policy;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.optim.InitialGuess;
import org.hipparchus.optim.MaxEval;
import org.hipparchus.optim.SimpleBounds;
import org.hipparchus.optim.nonlinear.scalar.GoalType;
import org.hipparchus.optim.nonlinear.scalar.ObjectiveFunction;
import org.hipparchus.optim.nonlinear.scalar.noderiv.BOBYQAOptimizer;
import org.hipparchus.optim.univariate.BrentOptimizer;
import org.hipparchus.optim.univariate.SearchInterval;
import org.hipparchus.optim.univariate.UnivariateObjectiveFunction;

/**
 * Fits constants of an engine to measured closed loops: the ones for which the model, run on each
 * row, comes closest to what was measured. One thread a fit.
 */
public final class Calibration {
  /*
   * The search is over the logarithm of each constant against its start, within bounds, by BOBYQA
   * (Powell, 2009): it models the error by a square in the constants and needs no derivatives, of
   * which a simulation of whole requests has none. It starts again from the best point, with fine
   * and coarse steps in turn, until that brings nothing: queues make the error rough, and a search
   * may end in a fold of it. The error of a figure
   * counts as the pseudo-Huber loss of the logarithm of simulated over measured: squared while it
   * is small, straight where it is large, so that a stray measurement does not pull all constants.
   */
  private static final double[] STEPS = {0.2, 0.05};

  /** A round of searches that lowers the loss by less than this share is the last one. */
  private static final double LEAST_GAIN = 0.05;

  private static final double FINEST_STEP = 5e-4;
  private static final double LARGE_ERROR = 0.1;

  /** Loss where the model has no figures, or the constants do not fit together. */
  private static final double FORBIDDEN = 1e3;

  /** How close to a bound counts as at it, in logarithms. */
  private static final double AT_BOUND = 0.005;

  /** A hold-out error this many times the fit's, and more than {@link #NEGLIGIBLE} above it. */
  private static final double FAR_WORSE = 2;

  private static final double NEGLIGIBLE = 0.02;

  private final EngineFile start;
  private final List<String> names;
  private final HoldOut rows;
  private final LoopPlayer player;
  private final Search search;

  private double[] best;
  private double leastLoss = Double.POSITIVE_INFINITY;
  private int evaluations;

  /**
   * How to search.
   *
   * @param range how many times as large or small as at the start a constant may become, above 1
   * @param evaluations most times that all fitted rows are played
   * @param measuredAnswers whether answers are as long as a row's latencies have it, and not as the
   *     engine's file has it
   * @param metrics what is compared
   * @param policy makes the router's policy for a run
   * @param seed where all chance comes from
   */
  public record Search(
      double range,
      int evaluations,
      boolean measuredAnswers,
      List<Metric> metrics,
      Supplier<Policy> policy,
      long seed) {}

  /**
   * A constant that was fitted.
   *
   * @param name its name
   * @param before its start
   * @param after its value
   * @param atBound whether the search would have gone on beyond the range
   */
  public record Constant(String name, double before, double after, boolean atBound) {}

  /**
   * What came of it.
   *
   * @param engine with the constants found
   * @param constants those that were fitted
   * @param fittedBefore errors at the start, of the rows that were fitted
   * @param fittedAfter errors with the constants found, of the same
   * @param heldBefore errors at the start, of the rows that were kept out
   * @param heldAfter errors with the constants found, of the same
   * @param evaluations how often the fitted rows were played
   */
  public record Result(
      EngineFile engine,
      List<Constant> constants,
      FitErrors fittedBefore,
      FitErrors fittedAfter,
      FitErrors heldBefore,
      FitErrors heldAfter,
      int evaluations) {
    /** Whether rows that were kept out are told about as well as those that were fitted. */
    public boolean isBelievable() {
      double more = heldAfter.mean() - fittedAfter.mean();
      return more <= NEGLIGIBLE || heldAfter.mean() <= FAR_WORSE * fittedAfter.mean();
    }
  }

  /**
   * A fit that is to be made.
   *
   * @param start the engine, with each fitted constant at its start
   * @param names of the constants that are fitted
   * @throws IllegalArgumentException if a constant is not there or not above 0, or rows or
   *     evaluations are too few
   */
  public Calibration(EngineFile start, List<String> names, HoldOut rows, Search search) {
    this.start = start;
    this.names = List.copyOf(names);
    this.rows = rows;
    this.search = search;
    this.player =
        new LoopPlayer(search.policy(), search.measuredAnswers(), search.metrics(), search.seed());
    this.best = new double[names.size()];
    if (names.isEmpty()) {
      throw new IllegalArgumentException("no constant to fit");
    }
    names.forEach(this::startOf);
    if (search.evaluations() < leastEvaluations()) {
      throw new IllegalArgumentException(
          "too few evaluations: %d constants need at least %d, was %d"
              .formatted(names.size(), leastEvaluations(), search.evaluations()));
    }
    long values = figures(rows.fitted());
    if (values < 2L * names.size()) {
      throw new IllegalArgumentException(
          "too few rows: %d constants need at least %d measured figures, %d rows have %d"
              .formatted(names.size(), 2 * names.size(), rows.fitted().size(), values));
    }
    if (figures(rows.held()) == 0) {
      throw new IllegalArgumentException("no row that is held out has a figure to judge by");
    }
  }

  /** What the square through the first points takes, and one step. */
  private int leastEvaluations() {
    return 2 * names.size() + 2;
  }

  private long figures(List<MeasuredLoop> some) {
    return some.stream()
        .flatMap(row -> search.metrics().stream().filter(m -> row.figure(m.key()).isPresent()))
        .count();
  }

  private double startOf(String name) {
    double value =
        start
            .constant(name)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "'%s' is not in the engine's file, which has %s"
                        .formatted(name, String.join(", ", start.names()))));
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          "%s must start above 0 to be fitted, starts at %s".formatted(name, value));
    }
    return value;
  }

  /**
   * Makes the fit.
   *
   * @param progress called after each time that the fitted rows were played
   */
  public Result fit(Runnable progress) {
    FitErrors fittedBefore = errors(start, rows.fitted());
    FitErrors heldBefore = errors(start, rows.held());
    double bound = StrictMath.log(search.range());
    if (names.size() == 1) {
      searchOne(bound, progress);
    } else {
      double before;
      do {
        before = leastLoss;
        for (double step : STEPS) {
          searchAll(Math.min(step, bound / 2), bound, progress);
        }
      } while (leastLoss < (1 - LEAST_GAIN) * before);
    }
    EngineFile fitted = at(best);
    List<Constant> constants = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      double value = fitted.constant(name).orElseThrow();
      boolean atBound = Math.abs(best[i]) > bound - AT_BOUND;
      constants.add(new Constant(name, startOf(name), value, atBound));
    }
    return new Result(
        fitted,
        constants,
        fittedBefore,
        errors(fitted, rows.fitted()),
        heldBefore,
        errors(fitted, rows.held()),
        evaluations);
  }

  private FitErrors errors(EngineFile engine, List<MeasuredLoop> some) {
    return FitErrors.of(player.ratios(engine.model(), some));
  }

  private void searchOne(double bound, Runnable progress) {
    try {
      new BrentOptimizer(FINEST_STEP, FINEST_STEP)
          .optimize(
              new MaxEval(search.evaluations()),
              GoalType.MINIMIZE,
              new SearchInterval(-bound, bound, 0),
              new UnivariateObjectiveFunction(x -> loss(new double[] {x}, progress)));
    } catch (MathRuntimeException e) {
      requireBegun(e);
    }
  }

  private void searchAll(double step, double bound, Runnable progress) {
    int count = names.size();
    double[] low = new double[count];
    double[] high = new double[count];
    Arrays.fill(low, -bound);
    Arrays.fill(high, bound);
    int left = search.evaluations() - evaluations;
    if (left < leastEvaluations()) {
      return;
    }
    try {
      new BOBYQAOptimizer(2 * count + 1, step, FINEST_STEP)
          .optimize(
              new MaxEval(left),
              GoalType.MINIMIZE,
              new ObjectiveFunction(x -> loss(x, progress)),
              new InitialGuess(best.clone()),
              new SimpleBounds(low, high));
    } catch (MathRuntimeException e) {
      requireBegun(e);
    }
  }

  /** The search may end early, by its limit or by its own checks; what it saw by then counts. */
  private void requireBegun(MathRuntimeException end) {
    if (evaluations == 0) {
      throw end;
    }
  }

  private double loss(double[] logs, Runnable progress) {
    double loss = loss(logs);
    evaluations++;
    progress.run();
    if (loss < leastLoss) {
      leastLoss = loss;
      best = logs.clone();
    }
    return loss;
  }

  private double loss(double[] logs) {
    SequencedMap<String, List<Double>> ratios;
    try {
      ratios = player.ratios(at(logs).model(), rows.fitted());
    } catch (IllegalArgumentException e) {
      return FORBIDDEN;
    }
    double sum = 0;
    long values = 0;
    for (List<Double> some : ratios.values()) {
      for (double ratio : some) {
        double off = ratio > 0 ? StrictMath.log(ratio) / LARGE_ERROR : FORBIDDEN;
        sum += StrictMath.sqrt(1 + off * off) - 1;
        values++;
      }
    }
    return sum / values;
  }

  private EngineFile at(double[] logs) {
    Map<String, Double> constants = new LinkedHashMap<>();
    for (int i = 0; i < logs.length; i++) {
      constants.put(names.get(i), rounded(startOf(names.get(i)) * StrictMath.exp(logs[i])));
    }
    return start.with(constants);
  }

  /** To six digits: what a person can read, and finer than any fit. */
  private static double rounded(double value) {
    return new BigDecimal(value).round(new MathContext(6)).doubleValue();
  }
}
