package dev.warmpath.router.replay;

import dev.warmpath.router.replay.SynthesisOptions.Arrivals;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Makes traces in Mooncake's format: conversations that start with a prefix out of a shared tree
 * and send their whole history with each turn. The same options give the same trace. One thread.
 */
public final class TraceSynthesizer {
  /** Requests that arrive at one instant with bursty arrivals, on average. */
  public static final int MEAN_BURST_REQUESTS = 10;

  private static final double MEAN_MESSAGE_TOKENS = 3_000;
  private static final double MEAN_OUTPUT_TOKENS = 350;
  private static final int MAX_OUTPUT_TOKENS = 2_000;

  /** A conversation that has grown to this size ends. */
  private static final int LAST_TURN_TOKENS = 100_000;

  private final SynthesisOptions options;
  private final Chance chance;
  private final PrefixTree prefixes;
  private final Conversation[] open;
  private long nextId;
  private double nowMillis;

  private TraceSynthesizer(SynthesisOptions options) {
    this.options = options;
    this.chance = new Chance(options.seed());
    this.prefixes =
        new PrefixTree(options.prefixes(), options.zipfExponent(), chance, () -> nextId++);
    this.open = new Conversation[options.openSessions()];
    for (int i = 0; i < open.length; i++) {
      open[i] = newConversation();
    }
  }

  /** Makes the trace, one request after the other. */
  public static void synthesize(SynthesisOptions options, Consumer<MooncakeRecord> sink) {
    TraceSynthesizer synthesizer = new TraceSynthesizer(options);
    for (int i = 0; i < options.requests(); i++) {
      sink.accept(synthesizer.next());
    }
  }

  /** Makes the trace at once: the same as reading the lines of what {@link #synthesize} makes. */
  public static Trace trace(SynthesisOptions options) {
    List<TraceRequest> requests = new ArrayList<>(options.requests());
    synthesize(options, made -> requests.add(made.toRequest()));
    return new Trace(options.blockSize(), requests);
  }

  private MooncakeRecord next() {
    int which = chance.below(open.length);
    Conversation conversation = open[which];
    long[] hashIds = conversation.ask(chance.atLeastOne(MEAN_MESSAGE_TOKENS));
    int inputTokens = conversation.tokens();
    int outputTokens = Math.min(MAX_OUTPUT_TOKENS, chance.atLeastOne(MEAN_OUTPUT_TOKENS));
    conversation.answer(outputTokens);
    if (chance.onceIn(options.meanTurns()) || conversation.tokens() > LAST_TURN_TOKENS) {
      open[which] = newConversation();
    }
    MooncakeRecord made = new MooncakeRecord((long) nowMillis, inputTokens, outputTokens, hashIds);
    nowMillis += gapMillis();
    return made;
  }

  private Conversation newConversation() {
    return new Conversation(prefixes.draw(chance), options.blockSize(), () -> nextId++);
  }

  private double gapMillis() {
    double meanMillis = 1_000 / options.requestsPerSecond();
    if (options.arrivals() == Arrivals.POISSON) {
      return chance.exponential(meanMillis);
    }
    boolean burstEnds = chance.onceIn(MEAN_BURST_REQUESTS);
    return burstEnds ? chance.exponential(meanMillis * MEAN_BURST_REQUESTS) : 0;
  }
}
