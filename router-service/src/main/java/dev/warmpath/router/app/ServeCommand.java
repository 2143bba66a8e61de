package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.router.discovery.EtcdSettings;
import dev.warmpath.router.discovery.FleetFileException;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Policy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code warmpath serve}: runs a router until it is told to stop. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Runs a router: gRPC for frontends, HTTP for health and metrics.",
      "Workers come from etcd (--etcd) or from a file (--fleet). Their KV events come over NATS"
          + " (--nats); without it, over the gRPC call Indexer.Publish."
    })
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);
  private static final int MOST_TARGETS = 1_000_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ConnectionOptions servers = new ConnectionOptions();

  @Option(
      names = "--fleet",
      paramLabel = "FILE",
      description = "YAML file with the workers, read again when it changes.")
  private @Nullable Path fleetFile;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:9001",
      description = "Address of the gRPC services.",
      converter = HostPort.Converter.class)
  private HostPort listen = new HostPort("127.0.0.1", 9001);

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:9090",
      description = "Address of /healthz, /readyz and /metrics.",
      converter = HostPort.Converter.class)
  private HostPort admin = new HostPort("127.0.0.1", 9090);

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      defaultValue = "kv",
      description =
          "Policy where neither the request nor the routing file names one: kv, round_robin,"
              + " random, power_of_two, least_loaded, lmetric, direct.")
  private String policy = "kv";

  @Option(
      names = "--routing",
      paramLabel = "FILE",
      description = "YAML file with the routing settings, read again when it changes.")
  private @Nullable Path routingFile;

  @Option(
      names = "--max-targets",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Targets (worker, rank) at a time; further workers are refused.")
  private int maxTargets;

  @Option(
      names = "--max-bookings",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Open bookings; further requests are refused.")
  private int maxBookings;

  @Option(
      names = "--booking-expiry-seconds",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "Life of a booking without a report.")
  private int bookingExpirySeconds;

  @Mixin private IndexFlags index = new IndexFlags();

  @Override
  public Integer call() throws Exception {
    RouterOptions options = options();
    try (StopSignal stop = new StopSignal();
        RouterNode node = start(options)) {
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "routing on %s, admin on http://%s%n",
          new HostPort(listen.host(), node.grpcPort()),
          new HostPort(admin.host(), node.adminPort()));
      out.flush();
      node.registry().watch(ServeCommand::tell);
      tell(node.registry().current());
      stop.await();
    }
    return CommandLine.ExitCode.OK;
  }

  private static void tell(Fleet fleet) {
    LOG.info(
        "fleet version {}: {} targets of {} models",
        fleet.version(),
        fleet.targets().size(),
        fleet.models().size());
  }

  private RouterNode start(RouterOptions options) throws Exception {
    try {
      return RouterNode.start(options, new SecureRandom());
    } catch (FleetFileException e) {
      throw new ParameterException(spec.commandLine(), "--fleet " + e.getMessage(), e);
    } catch (RoutingFileException e) {
      throw new ParameterException(spec.commandLine(), "--routing " + e.getMessage(), e);
    }
  }

  private RouterOptions options() {
    try {
      if (servers.hasEtcd() == (fleetFile != null)) {
        throw new IllegalArgumentException(
            "the workers come from --etcd URL or from --fleet FILE: give one of the two");
      }
      if (fleetFile != null && fleetFile.toString().isEmpty()) {
        throw new IllegalArgumentException("--fleet must name a file, was ''");
      }
      if (routingFile != null && routingFile.toString().isEmpty()) {
        throw new IllegalArgumentException("--routing must name a file, was ''");
      }
      Flags.checkAtLeast("--max-targets", maxTargets, 1);
      Flags.checkAtMost("--max-targets", maxTargets, MOST_TARGETS);
      Flags.checkAtLeast("--max-bookings", maxBookings, 1);
      Flags.checkAtLeast("--booking-expiry-seconds", bookingExpirySeconds, 1);
      return new RouterOptions(
          listen,
          admin,
          servers.hasNats()
              ? NatsSettings.of(servers.nats(), servers.cluster(), "warmpath router")
              : null,
          servers.hasEtcd() ? EtcdSettings.of(List.of(servers.etcd()), servers.cluster()) : null,
          fleetFile,
          policy(),
          routingFile,
          new LedgerLimits(
              maxTargets, maxBookings, Duration.ofSeconds(bookingExpirySeconds).toNanos()),
          index.options());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Policy policy() {
    Policy named = Policies.named(policy);
    if (named == null) {
      throw new IllegalArgumentException(
          "--policy '%s' is unknown: choose from %s".formatted(policy, Policies.names()));
    }
    return named;
  }
}
