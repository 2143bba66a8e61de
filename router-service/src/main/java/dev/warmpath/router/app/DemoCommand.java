package dev.warmpath.router.app;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.router.discovery.EtcdRegistration;
import dev.warmpath.router.discovery.EtcdSettings;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.replay.Ceilings;
import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.router.replay.PolicyReplay;
import dev.warmpath.router.replay.PolicyReport;
import dev.warmpath.router.replay.ReplayOptions;
import dev.warmpath.router.replay.ReplayReport;
import dev.warmpath.router.replay.ReplayReportFormat;
import dev.warmpath.router.replay.SynthesisOptions;
import dev.warmpath.router.replay.SynthesisOptions.Arrivals;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceSynthesizer;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.workersim.EngineClock;
import dev.warmpath.v1.RouteReply;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code warmpath demo}: the whole system live on one machine, without GPUs. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Runs a router and 8 simulated workers with 2 ranks each, sends them a conversation workload"
          + " over gRPC, explains a decision, and compares policies on the same workload.",
      "Needs no server. With --nats and --etcd the same runs over real ones."
    })
final class DemoCommand implements Callable<Integer> {
  private static final String MODEL = "demo";

  /** Its own, so that a fleet on the same servers is not disturbed. */
  private static final String CLUSTER = "demo";

  private static final int BLOCK_SIZE = 64;
  private static final int WORKERS = 8;
  private static final int RANKS = 2;
  private static final int BLOCKS_PER_RANK = 6_000;
  private static final Duration DECODE_TIME_PER_TOKEN = Duration.ofMillis(20);
  private static final double SPEEDUP = 12;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int SHOWN_CANDIDATES = 5;
  private static final long SEED = 7;
  private static final SynthesisOptions WORKLOAD =
      new SynthesisOptions(1_200, BLOCK_SIZE, Arrivals.POISSON, 8, 60, 1.0, 120, 5, SEED);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions servers = new ConnectionOptions(CLUSTER);

  @Override
  public Integer call() throws Exception {
    if (servers.hasNats() != servers.hasEtcd()) {
      throw new ParameterException(spec.commandLine(), "--nats and --etcd go together");
    }
    Trace workload = TraceSynthesizer.trace(WORKLOAD);
    ReplayOptions fleet = fleet(workload);
    live(workload, fleet);
    compare(workload, fleet);
    sayWhatIsNext();
    return CommandLine.ExitCode.OK;
  }

  private static ReplayOptions fleet(Trace workload) {
    double prefillRate =
        ReplayOptions.prefillRate(workload, WORKERS * RANKS, ReplayOptions.BUSY_SHARE);
    return new ReplayOptions(
        WORKERS,
        RANKS,
        BLOCKS_PER_RANK,
        new EngineSpeed(prefillRate, DECODE_TIME_PER_TOKEN.toNanos(), EngineSpeed.UNLIMITED),
        SEED);
  }

  private void live(Trace workload, ReplayOptions fleet) throws Exception {
    EngineClock clock = new EngineClock(System::nanoTime, SPEEDUP);
    try (RouterNode router = RouterNode.start(routerOptions(), new SplittableRandom(SEED))) {
      say(
          "LIVE   router on 127.0.0.1:%d, %d workers x %d ranks, %,d requests over gRPC in about"
              + " %.0f s (engines run %.0f times as fast as real ones)%n",
          router.grpcPort(),
          WORKERS,
          RANKS,
          workload.requests().size(),
          workload.durationNanos() / NANOS_PER_SECOND / SPEEDUP,
          SPEEDUP);
      LiveDemo demo = new LiveDemo(workload, router, clock);
      if (servers.hasNats()) {
        NatsSettings nats = NatsSettings.of(servers.nats(), servers.cluster(), "warmpath demo");
        EtcdSettings etcd = EtcdSettings.of(List.of(servers.etcd()), servers.cluster());
        try (ServedLinks links = new ServedLinks(nats, etcd, EtcdRegistration.DEFAULT_TTL)) {
          show(demo.run(simulated(fleet), links));
        }
      } else {
        show(
            demo.run(
                simulated(fleet),
                new EmbeddedLinks(router.bus(), router.loads(), router.registry())));
      }
    }
  }

  private void show(LiveDemo.Outcome outcome) {
    say("%s", LiveReportText.render(outcome.report()));
    say("index equal to all %d caches, digest by digest%n", outcome.equalCaches());
    RouteReply decision = outcome.explained();
    RouteReply shortened =
        decision.toBuilder()
            .clearCandidates()
            .addAllCandidates(decision.getCandidatesList().subList(0, SHOWN_CANDIDATES))
            .build();
    say(
        "%nWHY    a decision in the midst of it, the %d cheapest of %d targets%n%s",
        SHOWN_CANDIDATES, decision.getCandidatesCount(), DecisionTable.render(shortened));
  }

  private RouterOptions routerOptions() {
    HostPort anyPort = new HostPort("127.0.0.1", 0);
    return new RouterOptions(
        anyPort,
        anyPort,
        servers.hasNats()
            ? NatsSettings.of(servers.nats(), servers.cluster(), "warmpath router")
            : null,
        servers.hasEtcd() ? EtcdSettings.of(List.of(servers.etcd()), servers.cluster()) : null,
        null,
        Policies.KV,
        null,
        LedgerLimits.DEFAULT,
        IndexBounds.standard());
  }

  private static SimulatedFleetOptions simulated(ReplayOptions fleet) {
    return new SimulatedFleetOptions(
        "sim",
        WORKERS,
        RANKS,
        MODEL,
        BLOCK_SIZE,
        BLOCKS_PER_RANK,
        fleet.speed(),
        "127.0.0.1",
        0,
        SEED);
  }

  /** Replays the workload on virtual time under each policy. */
  private void compare(Trace workload, ReplayOptions fleet) {
    List<PolicyReport> reports = new ArrayList<>();
    for (Policies policy : List.of(Policies.KV, Policies.ROUND_ROBIN, Policies.LEAST_LOADED)) {
      reports.add(new PolicyReplay(workload, fleet, policy).run(_ -> {}));
    }
    ReplayReport report =
        new ReplayReport(
            ReplayReport.TraceSize.of(workload, 0),
            Ceilings.of(workload, fleet.pooledBlocks()),
            reports);
    say(
        "%nREPLAY the same workload and fleet on virtual time%n%s",
        ReplayReportFormat.table(report, fleet, BLOCK_SIZE));
  }

  private void sayWhatIsNext() {
    say(
        "%nNEXT  ./warmpath replay TRACE --workers 16    your own trace (Mooncake JSONL)%n"
            + "      ./warmpath replay --synthesize --out trace.jsonl    a trace to play with%n"
            + "      ./warmpath serve --help    a router for your fleet%n");
  }

  @FormatMethod
  private void say(@FormatString String format, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, format, values);
    out.flush();
  }
}
