package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.router.discovery.EtcdSettings;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceFormatException;
import dev.warmpath.router.replay.load.WholeTrace;
import dev.warmpath.router.workersim.EngineClock;
import dev.warmpath.router.workersim.FrontendOptions;
import dev.warmpath.router.workersim.LiveReport;
import dev.warmpath.router.workersim.TraceFrontend;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code warmpath worker-sim}: workers without GPUs, and optionally the requests for them. */
@Command(
    name = "worker-sim",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Runs simulated workers: they register in etcd, publish the events of a real LRU block cache"
          + " over NATS, and answer requests on a clock.",
      "With --router and --trace a small frontend beside them sends the trace's requests, asking"
          + " the router for each, and the command ends with the last answer."
    })
final class WorkerSimCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions servers = new ConnectionOptions();
  @Mixin private SimulationFlags simulation = new SimulationFlags();

  @Option(
      names = "--lease-seconds",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "How long a worker that died stays in the fleet.")
  private int leaseSeconds;

  @Option(
      names = "--router",
      paramLabel = "HOST:PORT",
      description = "Router that the frontend asks.",
      converter = HostPort.Converter.class)
  private @Nullable HostPort router;

  @Option(
      names = "--trace",
      paramLabel = "TRACE",
      description = "Mooncake JSONL, plain or gzip, that the frontend sends.")
  private @Nullable Path trace;

  @Option(
      names = "--trace-block-size",
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens in a block of the trace.")
  private int traceBlockSize;

  @Override
  public Integer call() throws Exception {
    SimulatedFleetOptions options = checked();
    Trace requests = requests();
    EngineClock clock = new EngineClock(System::nanoTime, simulation.speedup());
    NatsSettings nats =
        NatsSettings.of(servers.nats(), servers.cluster(), "worker-sim " + options.namePrefix());
    EtcdSettings etcd = EtcdSettings.of(List.of(servers.etcd()), servers.cluster());
    try (StopSignal stop = new StopSignal();
        ServedLinks links = new ServedLinks(nats, etcd, Duration.ofSeconds(leaseSeconds));
        SimulatedFleet fleet = SimulatedFleet.start(options, clock, links)) {
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "%d workers x %d ranks of model '%s' registered in cluster '%s'%n",
          options.workers(), options.ranks(), options.model(), servers.cluster());
      out.flush();
      if (router == null || requests == null) {
        stop.await();
      } else {
        print(send(router, requests, clock), fleet);
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private SimulatedFleetOptions checked() {
    try {
      if (!servers.hasNats() || !servers.hasEtcd()) {
        throw new IllegalArgumentException(
            "--nats and --etcd are needed; 'warmpath demo' needs neither");
      }
      if ((router == null) != (trace == null)) {
        throw new IllegalArgumentException("--router and --trace go together");
      }
      if (trace != null && (!Files.isReadable(trace) || Files.isDirectory(trace))) {
        throw new IllegalArgumentException("--trace " + trace + " is not a file that can be read");
      }
      Flags.checkAtLeast("--lease-seconds", leaseSeconds, 1);
      Flags.checkAtLeast("--trace-block-size", traceBlockSize, 1);
      return simulation.options();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** What the frontend sends; null without one. */
  private @Nullable Trace requests() throws IOException {
    try {
      return trace == null ? null : WholeTrace.read(List.of(trace), traceBlockSize, false).trace();
    } catch (TraceFormatException e) {
      throw new ParameterException(spec.commandLine(), "--trace " + e.getMessage(), e);
    }
  }

  private LiveReport send(HostPort routerAddress, Trace requests, EngineClock clock)
      throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(routerAddress.host(), routerAddress.port())
            .usePlaintext()
            .build();
    try (TraceFrontend frontend =
        new TraceFrontend(channel, clock, FrontendOptions.of(simulation.model()))) {
      return ProgressBars.show(
          "requests", requests.requests().size(), step -> frontend.run(requests, step));
    } finally {
      channel.shutdownNow();
    }
  }

  private void print(LiveReport report, SimulatedFleet fleet) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(LiveReportText.render(report));
    out.printf("event batches lost on purpose: %,d%n", fleet.lostBatches());
    out.flush();
    long unanswered = report.requests().size() - report.answered();
    if (unanswered > 0) {
      throw new CommandFailedException(unanswered + " requests were not answered");
    }
  }
}
