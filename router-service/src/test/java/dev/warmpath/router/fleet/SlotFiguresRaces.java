package dev.warmpath.router.fleet;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.warmpath.router.fleet.PrefillQueue.Snapshot;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.DD_Result;
import org.openjdk.jcstress.infra.results.JD_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/**
 * What a decision may read of a slot while its figures change; -1 where it is told to ask the queue
 * instead. A reader looks until it sees a change, {@link #LOOKS} times at most, and so looks just
 * when the writer writes far more often than one that looks once.
 */
public final class SlotFiguresRaces {
  private static final int LOOKS = 50;
  private static final int SLOT = 1;
  private static final long ASK_THE_QUEUE = -1;

  /*
   * By these, a token takes 1 and 5 ns where a prompt takes 2 tokens' time beside its own, and a
   * prompt does take 2 and 8 tokens' time. Any mixture of the two gives another pair.
   */
  private static final Snapshot FIRST = taught(new PrefillLessons(1, 4, 6, 0.5, 2));
  private static final Snapshot SECOND = taught(new PrefillLessons(2, 16, 100, 1, 31.25));
  private static final double FIXED_TOKENS = 2;
  private static final double FIRST_NANOS = 1;

  private SlotFiguresRaces() {}

  /**
   * The queue of a slot changes. A mixture of the two gives another number of tokens, unless only
   * those of the oldest prompt are the new: both before and after, it drains for longer.
   */
  @JCStressTest
  @Outcome(id = "900", expect = ACCEPTABLE, desc = "before: 1,000, drained by 100 at 1 a ns")
  @Outcome(id = "18500", expect = ACCEPTABLE, desc = "after: 20,000, drained by 1,500 at 3 a ns")
  @Outcome(id = "-1", expect = ACCEPTABLE_INTERESTING, desc = "meanwhile")
  @Outcome(expect = FORBIDDEN, desc = "part of the old queue and part of the new one")
  @State
  public static class QueueTold {
    private static final Snapshot OLD = new Snapshot(1_000, 600, 900, 1, PrefillLessons.NONE);
    private static final Snapshot NEW = new Snapshot(20_000, 8_000, 500, 3, PrefillLessons.NONE);
    private static final long NOW_NANOS = 1_000;
    private static final long OLD_TOKENS = 900;
    private final SlotFigures figures = new SlotFigures(2);
    private final SlotLoads loads = new SlotLoads();

    public QueueTold() {
      loads.start(1);
      figures.tellQueue(SLOT, OLD);
    }

    @Actor
    public void writer() {
      figures.tellQueue(SLOT, NEW);
    }

    @Actor
    public void reader(J_Result r) {
      r.r1 = OLD_TOKENS;
      for (int i = 0; i < LOOKS && r.r1 == OLD_TOKENS; i++) {
        r.r1 =
            figures.read(SLOT, NOW_NANOS, 0, loads) ? loads.queuedPrefillTokens(0) : ASK_THE_QUEUE;
      }
    }
  }

  /** A slot learns. */
  @JCStressTest
  @Outcome(id = "1.0, 2.0", expect = ACCEPTABLE, desc = "before the lesson")
  @Outcome(id = "5.0, 8.0", expect = ACCEPTABLE, desc = "after it")
  @Outcome(id = "-1.0, -1.0", expect = ACCEPTABLE_INTERESTING, desc = "meanwhile")
  @Outcome(expect = FORBIDDEN, desc = "part of a lesson")
  @State
  public static class LessonTold {
    private static final double FIRST_FIXED = 2;
    private final SlotFigures figures = new SlotFigures(2);
    private final SlotLessons lessons = new SlotLessons();

    public LessonTold() {
      figures.tellQueue(SLOT, FIRST);
    }

    @Actor
    public void writer() {
      figures.tellQueue(SLOT, SECOND);
    }

    @Actor
    public void reader(DD_Result r) {
      r.r1 = FIRST_NANOS;
      r.r2 = FIRST_FIXED;
      for (int i = 0; i < LOOKS && r.r1 == FIRST_NANOS && r.r2 == FIRST_FIXED; i++) {
        lessons.start(1);
        boolean read = figures.readLessons(SLOT, 0, lessons);
        r.r1 = read ? lessons.nanosPerToken(0, FIXED_TOKENS) : ASK_THE_QUEUE;
        r.r2 = read ? lessons.fixedTokens() : ASK_THE_QUEUE;
      }
    }
  }

  /**
   * A slot learns; who keeps what was learnt reads it again when the count of lessons is another.
   */
  @JCStressTest
  @Outcome(id = "1, 1.0", expect = ACCEPTABLE, desc = "before the lesson")
  @Outcome(id = "1, 5.0", expect = ACCEPTABLE, desc = "after it, to be read once more")
  @Outcome(id = "1, -1.0", expect = ACCEPTABLE_INTERESTING, desc = "meanwhile")
  @Outcome(id = "2, 5.0", expect = ACCEPTABLE, desc = "after it")
  @Outcome(
      expect = FORBIDDEN,
      desc = "part of one, or counted too early: the old one would be kept")
  @State
  public static class LessonCounted {
    private final SlotFigures figures = new SlotFigures(2);
    private final SlotLessons lessons = new SlotLessons();

    public LessonCounted() {
      lessons.start(1);
      figures.tellQueue(SLOT, FIRST);
    }

    @Actor
    public void writer() {
      figures.tellQueue(SLOT, SECOND);
    }

    @Actor
    public void reader(JD_Result r) {
      r.r1 = 1;
      r.r2 = FIRST_NANOS;
      for (int i = 0; i < LOOKS && r.r1 == 1 && r.r2 == FIRST_NANOS; i++) {
        r.r1 = figures.lessons();
        boolean read = figures.readLessons(SLOT, 0, lessons);
        r.r2 = read ? lessons.nanosPerToken(0, FIXED_TOKENS) : ASK_THE_QUEUE;
      }
    }
  }

  /** A request comes and generates. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "before it came")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it does not generate yet")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it generates")
  @Outcome(expect = FORBIDDEN, desc = "more generate than there are")
  @State
  public static class RequestStarts {
    private final SlotFigures figures = new SlotFigures(2);
    private final SlotLoads loads = new SlotLoads();

    public RequestStarts() {
      loads.start(1);
    }

    @Actor
    public void writer() {
      figures.addRequests(SLOT, 1);
      figures.addGenerating(SLOT, 1);
    }

    @Actor
    public void reader(JJ_Result r) {
      for (int i = 0; i < LOOKS && r.r2 == 0; i++) {
        readRequests(figures, loads, r);
      }
    }
  }

  /** A request that generates ends. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it generates")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it generates no more")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "after it")
  @Outcome(expect = FORBIDDEN, desc = "more generate than there are")
  @State
  public static class RequestEnds {
    private final SlotFigures figures = new SlotFigures(2);
    private final SlotLoads loads = new SlotLoads();

    public RequestEnds() {
      loads.start(1);
      figures.addRequests(SLOT, 1);
      figures.addGenerating(SLOT, 1);
    }

    @Actor
    public void writer() {
      figures.addGenerating(SLOT, -1);
      figures.addRequests(SLOT, -1);
    }

    @Actor
    public void reader(JJ_Result r) {
      r.r1 = 1;
      r.r2 = 1;
      for (int i = 0; i < LOOKS && r.r1 == 1; i++) {
        readRequests(figures, loads, r);
      }
    }
  }

  private static void readRequests(SlotFigures figures, SlotLoads loads, JJ_Result r) {
    boolean read = figures.read(SLOT, 0, 0, loads);
    r.r1 = read ? loads.requests(0) : ASK_THE_QUEUE;
    r.r2 = read ? loads.generating(0) : ASK_THE_QUEUE;
  }

  private static Snapshot taught(PrefillLessons lessons) {
    return new Snapshot(0, 0, 0, 0, lessons);
  }
}
