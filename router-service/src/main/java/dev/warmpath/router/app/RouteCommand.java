package dev.warmpath.router.app;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.util.JsonFormat;
import dev.warmpath.v1.GetFleetRequest;
import dev.warmpath.v1.PreferredLabel;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.RouterGrpc.RouterBlockingStub;
import dev.warmpath.v1.TargetName;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code warmpath route}: asks a running router where a prompt would go. */
@Command(
    name = "route",
    description = "Ask a running router where a prompt would go. Books nothing unless --book.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RouteCommand implements Callable<Integer> {
  private static final long TIMEOUT_SECONDS = 5;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--router",
      paramLabel = "HOST:PORT",
      description = "The router's gRPC address (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:WARMPATH_ROUTER:-127.0.0.1:9001}",
      converter = HostPort.Converter.class)
  private HostPort router = new HostPort("127.0.0.1", 9001);

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "Model (default: the only one that the fleet serves).",
      defaultValue = "")
  private String model = "";

  @Option(
      names = "--tokens",
      required = true,
      paramLabel = "IDS",
      description = "Token ids of the prompt, such as 1,2,7..4000.")
  private String tokens = "";

  @Option(
      names = "--lora",
      paramLabel = "NAME",
      description = "LoRA adapter name.",
      defaultValue = "")
  private String lora = "";

  @Option(names = "--salt", paramLabel = "TEXT", description = "Cache salt.", defaultValue = "")
  private String salt = "";

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "Policy instead of the router's.",
      defaultValue = "")
  private String policy = "";

  @Option(
      names = "--require-label",
      paramLabel = "NAME=VALUE",
      description = "Label that a worker must have; may be given several times.")
  private Map<String, String> requiredLabels = new LinkedHashMap<>();

  @Option(
      names = "--prefer-label",
      paramLabel = "NAME=VALUE",
      description = "Label that a worker should have; may be given several times.")
  private Map<String, String> preferredLabels = new LinkedHashMap<>();

  @Option(
      names = "--session",
      paramLabel = "NAME",
      description = "Session whose target the request stays on.",
      defaultValue = "")
  private String session = "";

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 for the cheapest target, above for a draw by chance (default: the router's).")
  private @Nullable Double temperature;

  @Option(
      names = "--allow",
      paramLabel = "WORKER[/RANK]",
      description = "Target that may be chosen; may be given several times (default: all).",
      converter = TargetNameConverter.class)
  private List<TargetName> allowed = new ArrayList<>();

  @Option(
      names = "--pin",
      paramLabel = "WORKER[/RANK]",
      description = "Target that must answer.",
      converter = TargetNameConverter.class)
  private @Nullable TargetName pinned;

  @Option(
      names = "--pin-prefill",
      paramLabel = "WORKER[/RANK]",
      description = "Target that must compute the prompt, in disaggregated pools.",
      converter = TargetNameConverter.class)
  private @Nullable TargetName pinnedPrefill;

  @Option(names = "--explain", description = "Show every candidate with its cost terms.")
  private boolean explain;

  @Option(names = "--book", description = "Book the choice; end it with a Report call.")
  private boolean book;

  @Option(
      names = "--format",
      paramLabel = "table|json",
      description = "Output form (default: ${DEFAULT-VALUE}).",
      defaultValue = "table",
      converter = OutputFormat.Converter.class)
  private OutputFormat format = OutputFormat.TABLE;

  @Override
  public Integer call() throws InterruptedException, InvalidProtocolBufferException {
    RouteRequest.Builder request = request();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(router.host(), router.port()).usePlaintext().build();
    try {
      RouterBlockingStub stub =
          RouterGrpc.newBlockingStub(channel).withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      request.setModel(model.isEmpty() ? onlyModel(stub) : model);
      print(stub.route(request.build()));
      return 0;
    } catch (StatusRuntimeException e) {
      throw new CommandFailedException(
          "router at %s: %s: %s"
              .formatted(router, e.getStatus().getCode(), DescribedStatus.of(e.getStatus())),
          e);
    } finally {
      channel.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
    }
  }

  private RouteRequest.Builder request() {
    try {
      return rules()
          .setTokenIds(UnsafeByteOperations.unsafeWrap(TokenRanges.parse(tokens)))
          .setLoraName(lora)
          .setCacheSalt(salt)
          .setPolicy(policy)
          .setDryRun(!book)
          .setExplain(explain);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--tokens: " + e.getMessage(), e);
    }
  }

  private RouteRequest.Builder rules() {
    RouteRequest.Builder request =
        RouteRequest.newBuilder()
            .putAllRequiredLabels(requiredLabels)
            .addAllAllowedTargets(allowed)
            .setSessionId(session);
    preferredLabels.forEach((name, value) ->
        request.addPreferredLabels(PreferredLabel.newBuilder().setName(name).setValue(value)));
    if (temperature != null) {
      request.setTemperature(temperature);
    }
    if (pinned != null) {
      request.setPinnedTarget(pinned);
    }
    if (pinnedPrefill != null) {
      request.setPinnedPrefillTarget(pinnedPrefill);
    }
    return request;
  }

  private static String onlyModel(RouterBlockingStub stub) {
    List<String> models =
        stub.getFleet(GetFleetRequest.getDefaultInstance()).getWorkersList().stream()
            .map(worker -> worker.getInfo().getModel())
            .distinct()
            .sorted()
            .toList();
    return switch (models.size()) {
      case 0 -> throw new CommandFailedException("the router's fleet has no worker");
      case 1 -> models.getFirst();
      default ->
          throw new CommandFailedException(
              "the fleet serves several models, name one with --model: "
                  + String.join(", ", models));
    };
  }

  private void print(RouteReply reply) throws InvalidProtocolBufferException {
    PrintWriter out = spec.commandLine().getOut();
    if (format == OutputFormat.JSON) {
      out.println(
          JsonFormat.printer()
              .preservingProtoFieldNames()
              .alwaysPrintFieldsWithNoPresence()
              .print(reply));
    } else {
      out.print(DecisionTable.render(reply));
    }
    out.flush();
  }
}
