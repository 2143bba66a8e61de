package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.v1.KvEvents;
import dev.warmpath.v1.WorkerInfo;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@link Worker} to and from the {@link WorkerInfo} message and its protobuf JSON. Any thread may
 * call. Fields are read one by one, so that each error can name its field; fields that this version
 * does not know are skipped, so that newer workers can join.
 */
public final class WorkerInfoCodec {
  /** Longest value that is read at all. */
  public static final int MAX_VALUE_BYTES = 64 * 1024;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Map<String, FieldDescriptor> FIELDS = fields();

  /**
   * Plain digits only. Protobuf JSON also allows exponents, but the parser expands them: the ten
   * characters 1e99999999 would cost it a hundred megabytes.
   */
  private static final Pattern WHOLE_NUMBER = Pattern.compile("\"?-?[0-9]{1,20}\"?");

  private WorkerInfoCodec() {}

  private static Map<String, FieldDescriptor> fields() {
    Map<String, FieldDescriptor> fields = new HashMap<>();
    for (FieldDescriptor field : WorkerInfo.getDescriptor().getFields()) {
      fields.put(field.getName(), field);
      fields.put(field.getJsonName(), field);
    }
    return Map.copyOf(fields);
  }

  /** The message for a worker. */
  public static WorkerInfo toProto(Worker worker) {
    WorkerInfo.Builder info = WorkerInfo.newBuilder();
    CostCoefficients costs = worker.costs();
    costs.hostFetchMillisPerBlock().ifPresent(info::setHostFetchMsPerBlock);
    costs.diskFetchMillisPerBlock().ifPresent(info::setDiskFetchMsPerBlock);
    costs.decodeInterference().ifPresent(info::setDecodeInterference);
    return info.setWorkerId(worker.id())
        .setAddress(worker.address())
        .setModel(worker.model())
        .setRole(toProto(worker.role()))
        .setBlockSize(worker.blockSize())
        .setRanks(worker.ranks())
        .setKvBlocksPerRank(worker.kvBlocksPerRank())
        .setMaxBatchRequests(worker.maxBatchRequests())
        .setMaxBatchTokens(worker.maxBatchTokens())
        .addAllLoraNames(worker.loraNames().stream().sorted().toList())
        .addAllTiers(worker.tiers().stream().sorted().map(WorkerInfoCodec::toProto).toList())
        .putAllLabels(worker.labels())
        .setIncarnation(worker.incarnation())
        .setEagle(worker.eagle())
        .setDraining(worker.draining())
        .setKvBytesPerBlock(worker.handOver().bytesPerBlock())
        .setBootstrapHost(worker.handOver().bootstrapHost())
        .setBootstrapPort(worker.handOver().bootstrapPort())
        .setRepeatedStores(toProto(worker.repeatedStores()))
        .setKvEvents(
            worker.publishesEvents() ? KvEvents.KV_EVENTS_PUBLISHED : KvEvents.KV_EVENTS_NONE)
        .setPrefillTokensPerSecond(costs.prefillTokensPerSecond())
        .setPrefillMsPerRequest(costs.prefillMillisPerRequest())
        .build();
  }

  /** The protobuf JSON for a worker, on one line. */
  public static String toJson(Worker worker) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(toProto(worker));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("WorkerInfo has no field that JSON cannot express", e);
    }
  }

  /**
   * The worker that a message describes.
   *
   * @throws BadWorkerException names the first field whose value is out of its range
   */
  public static Worker fromProto(WorkerInfo info) throws BadWorkerException {
    try {
      return new Worker(
          plain("worker_id", info.getWorkerId()),
          plain("address", info.getAddress()),
          plain("model", info.getModel()),
          role(info.getRole()),
          toInt("block_size", info.getBlockSize()),
          toInt("ranks", info.getRanks()),
          toLong("kv_blocks_per_rank", info.getKvBlocksPerRank()),
          toInt("max_batch_requests", info.getMaxBatchRequests()),
          toInt("max_batch_tokens", info.getMaxBatchTokens()),
          loraNames(info),
          tiers(info.getTiersList()),
          labels(info),
          info.getIncarnation(),
          info.getEagle(),
          info.getDraining(),
          new KvHandOver(
              toLong("kv_bytes_per_block", info.getKvBytesPerBlock()),
              plain("bootstrap_host", info.getBootstrapHost()),
              toInt("bootstrap_port", info.getBootstrapPort())),
          repeatedStores(info.getRepeatedStores()),
          publishesEvents(info.getKvEvents()),
          new CostCoefficients(
              info.getPrefillTokensPerSecond(),
              info.getPrefillMsPerRequest(),
              given(info.hasHostFetchMsPerBlock(), info.getHostFetchMsPerBlock()),
              given(info.hasDiskFetchMsPerBlock(), info.getDiskFetchMsPerBlock()),
              given(info.hasDecodeInterference(), info.getDecodeInterference())));
    } catch (IllegalArgumentException e) {
      throw new BadWorkerException(RefusalKind.BAD_FIELD, String.valueOf(e.getMessage()));
    }
  }

  /**
   * The worker that protobuf JSON describes.
   *
   * @param value UTF-8
   * @throws BadWorkerException names what is wrong and, once it is JSON, the field and value
   */
  public static Worker fromJson(byte[] value) throws BadWorkerException {
    WorkerInfo.Builder info = WorkerInfo.newBuilder();
    for (Map.Entry<String, JsonNode> property : objectOf(value).properties()) {
      FieldDescriptor field = field(property.getKey());
      if (field != null) {
        mergeField(info, field, property.getValue().toString());
      }
    }
    return fromProto(info.build());
  }

  /**
   * The worker registered under {@code workerId} in etcd: as {@link #fromJson}, and the value names
   * the worker of its key and an incarnation.
   */
  static Worker fromEtcd(String workerId, byte[] value) throws BadWorkerException {
    Worker worker = fromJson(value);
    if (!worker.id().equals(workerId)) {
      throw new BadWorkerException(
          RefusalKind.WRONG_KEY,
          "worker_id must be that of its key, '%s': '%s'".formatted(workerId, worker.id()));
    }
    if (worker.incarnation() == 0) {
      throw new BadWorkerException(RefusalKind.BAD_FIELD, "incarnation must not be 0: 0");
    }
    return worker;
  }

  /** Names of the fields, as in the message's definition. */
  static List<String> fieldNames() {
    return WorkerInfo.getDescriptor().getFields().stream().map(FieldDescriptor::getName).toList();
  }

  /** The field called {@code name}, in snake or camel case; null when there is none. */
  static @Nullable FieldDescriptor field(String name) {
    return FIELDS.get(name);
  }

  /** Reads one field's JSON {@code value} into {@code info}. */
  static void mergeField(WorkerInfo.Builder info, FieldDescriptor field, String value)
      throws BadWorkerException {
    if (isWholeNumber(field) && !WHOLE_NUMBER.matcher(value).matches() && !value.equals("null")) {
      throw new BadWorkerException(
          RefusalKind.BAD_FIELD, field.getName() + " must be a whole number: " + value);
    }
    try {
      JsonFormat.parser().merge("{\"" + field.getJsonName() + "\":" + value + "}", info);
    } catch (InvalidProtocolBufferException e) {
      throw new BadWorkerException(
          RefusalKind.BAD_FIELD, "%s: %s".formatted(field.getName(), e.getMessage()));
    }
  }

  private static boolean isWholeNumber(FieldDescriptor field) {
    return field.getJavaType() == JavaType.INT || field.getJavaType() == JavaType.LONG;
  }

  /** {@code text} as a JSON literal; for enum fields also by its short name, as in "prefill". */
  static String quoted(FieldDescriptor field, String text) {
    return JSON.writeValueAsString(
        field.getJavaType() == JavaType.ENUM ? fullName(field.getEnumType(), text) : text);
  }

  private static String fullName(EnumDescriptor type, String text) {
    String unspecified = type.getValues().getFirst().getName();
    String prefix = unspecified.substring(0, unspecified.lastIndexOf('_') + 1);
    String full = prefix + text.toUpperCase(Locale.ROOT);
    return type.findValueByName(full) == null ? text : full;
  }

  private static JsonNode objectOf(byte[] value) throws BadWorkerException {
    if (value.length > MAX_VALUE_BYTES) {
      throw new BadWorkerException(
          RefusalKind.TOO_LARGE,
          "value must have at most %d bytes, has %d".formatted(MAX_VALUE_BYTES, value.length));
    }
    try {
      JsonNode tree = JSON.readTree(UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString());
      if (tree.isObject()) {
        return tree;
      }
      throw new BadWorkerException(
          RefusalKind.NOT_JSON, "value must be a JSON object, is " + tree.getNodeType());
    } catch (CharacterCodingException e) {
      throw new BadWorkerException(RefusalKind.NOT_JSON, "value is not UTF-8");
    } catch (JacksonException e) {
      throw new BadWorkerException(
          RefusalKind.NOT_JSON, "value is not JSON: " + e.getOriginalMessage());
    }
  }

  private static String plain(String field, String text) {
    if (Printable.hasControls(text)) {
      throw new IllegalArgumentException(field + " must not have control characters: " + text);
    }
    return text;
  }

  private static int toInt(String field, int unsigned) {
    if (unsigned < 0) {
      throw new IllegalArgumentException(
          "%s must be at most %d: %s"
              .formatted(field, Integer.MAX_VALUE, Integer.toUnsignedString(unsigned)));
    }
    return unsigned;
  }

  private static long toLong(String field, long unsigned) {
    if (unsigned < 0) {
      throw new IllegalArgumentException(
          "%s must be at most %d: %s"
              .formatted(field, Long.MAX_VALUE, Long.toUnsignedString(unsigned)));
    }
    return unsigned;
  }

  private static OptionalDouble given(boolean given, double value) {
    return given ? OptionalDouble.of(value) : OptionalDouble.empty();
  }

  private static Set<String> loraNames(WorkerInfo info) {
    return info.getLoraNamesList().stream()
        .map(name -> plain("lora_names", name))
        .collect(Collectors.toSet());
  }

  private static Map<String, String> labels(WorkerInfo info) {
    info.getLabelsMap()
        .forEach((name, text) -> {
          plain("labels", name);
          plain("labels", text);
        });
    return info.getLabelsMap();
  }

  private static Set<Tier> tiers(List<dev.warmpath.v1.Tier> tiers) {
    return tiers.isEmpty()
        ? Set.of(Tier.DEVICE)
        : tiers.stream().map(WorkerInfoCodec::tier).collect(Collectors.toSet());
  }

  private static Role role(dev.warmpath.v1.Role role) {
    return switch (role) {
      case ROLE_UNSPECIFIED, ROLE_AGGREGATED -> Role.AGGREGATED;
      case ROLE_PREFILL -> Role.PREFILL;
      case ROLE_DECODE -> Role.DECODE;
      case UNRECOGNIZED -> throw new IllegalArgumentException("role is not a known number");
    };
  }

  private static boolean publishesEvents(KvEvents events) {
    return switch (events) {
      case KV_EVENTS_UNSPECIFIED, KV_EVENTS_PUBLISHED -> true;
      case KV_EVENTS_NONE -> false;
      case UNRECOGNIZED -> throw new IllegalArgumentException("kv_events is not a known number");
    };
  }

  private static Tier tier(dev.warmpath.v1.Tier tier) {
    return switch (tier) {
      case TIER_UNSPECIFIED, TIER_DEVICE -> Tier.DEVICE;
      case TIER_HOST -> Tier.HOST;
      case TIER_DISK -> Tier.DISK;
      case TIER_EXTERNAL -> Tier.EXTERNAL;
      case UNRECOGNIZED -> throw new IllegalArgumentException("tiers has an unknown number");
    };
  }

  private static RepeatedStores repeatedStores(dev.warmpath.v1.RepeatedStores repeated) {
    return switch (repeated) {
      case REPEATED_STORES_UNSPECIFIED, REPEATED_STORES_COPIES -> RepeatedStores.COPIES;
      case REPEATED_STORES_TOLD_AGAIN -> RepeatedStores.TOLD_AGAIN;
      case UNRECOGNIZED ->
          throw new IllegalArgumentException("repeated_stores is not a known number");
    };
  }

  private static dev.warmpath.v1.RepeatedStores toProto(RepeatedStores repeated) {
    return switch (repeated) {
      case COPIES -> dev.warmpath.v1.RepeatedStores.REPEATED_STORES_COPIES;
      case TOLD_AGAIN -> dev.warmpath.v1.RepeatedStores.REPEATED_STORES_TOLD_AGAIN;
    };
  }

  private static dev.warmpath.v1.Role toProto(Role role) {
    return switch (role) {
      case AGGREGATED -> dev.warmpath.v1.Role.ROLE_AGGREGATED;
      case PREFILL -> dev.warmpath.v1.Role.ROLE_PREFILL;
      case DECODE -> dev.warmpath.v1.Role.ROLE_DECODE;
    };
  }

  private static dev.warmpath.v1.Tier toProto(Tier tier) {
    return switch (tier) {
      case DEVICE -> dev.warmpath.v1.Tier.TIER_DEVICE;
      case HOST -> dev.warmpath.v1.Tier.TIER_HOST;
      case DISK -> dev.warmpath.v1.Tier.TIER_DISK;
      case EXTERNAL -> dev.warmpath.v1.Tier.TIER_EXTERNAL;
    };
  }
}
