package dev.warmpath.router.replay.engine;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.engine.DecodeTable.Batch;
import dev.warmpath.router.replay.engine.EngineModel.Times;
import dev.warmpath.router.replay.engine.EngineModel.TransferTime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads an {@link EngineModel} from its JSON file; docs/simulation.md describes the fields. Unknown
 * fields are refused, so that a misspelt constant does not silently count as absent.
 */
public final class EngineModelJson {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private EngineModelJson() {}

  /**
   * Reads one.
   *
   * @param source name of the file, for messages
   * @throws IllegalArgumentException naming the file, the field and the value that does not fit
   */
  public static EngineModel read(String source, String json) {
    try {
      return engine(new Fields("", JSON.readTree(json)));
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s:%d: not JSON: %s"
              .formatted(source, e.getLocation().getLineNr(), e.getOriginalMessage()),
          e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(source + ": " + e.getMessage(), e);
    }
  }

  private static EngineModel engine(Fields file) {
    Fields from = file.object("provenance");
    Provenance provenance = new Provenance(from.text("source"), from.text("hold_out"));
    from.requireNoOthers();
    Fields moved = file.objectOrEmpty("transfer");
    TransferTime transfer =
        new TransferTime(moved.number("base_ms", 0), moved.number("per_token_ms", 0));
    moved.requireNoOthers();
    EngineModel engine =
        new EngineModel(
            file.text("name"),
            provenance,
            file.number("frontend_ms", 0),
            transfer,
            times(file),
            pools(file.object("pools")),
            outputLengths(file));
    file.requireNoOthers();
    requireTimesForPools(engine);
    return engine;
  }

  private static void requireTimesForPools(EngineModel engine) {
    if (engine.times() instanceof EngineModel.Dense dense) {
      requireBoth(engine, Role.PREFILL, "prefill", dense.prefill());
      requireBoth(engine, Role.DECODE, "decode", dense.decode());
      requireBoth(engine, Role.AGGREGATED, "aggregated", dense.mixed());
    }
  }

  private static void requireBoth(
      EngineModel engine, Role role, String name, @Nullable Object times) {
    if ((engine.pool(role) == null) != (times == null)) {
      throw new IllegalArgumentException(
          "%s must be given both on top and under pools, or not at all".formatted(name));
    }
  }

  private static Times times(Fields file) {
    if (file.has("attention_dp")) {
      return new EngineModel.AttentionDp(attentionDp(file.object("attention_dp")));
    }
    if (file.has("polynomial")) {
      return new EngineModel.Polynomial(polynomial(file.object("polynomial")));
    }
    return new EngineModel.Dense(
        file.has("prefill") ? prefill(file.object("prefill")) : null,
        file.has("decode") ? decode(file.object("decode")) : null,
        file.has("aggregated") ? mixed(file.object("aggregated")) : null);
  }

  private static PromptSteps prefill(Fields fields) {
    PromptSteps time = fields.has("ms") ? prefillTable(fields) : prefillConstants(fields);
    fields.requireNoOthers();
    return time;
  }

  private static PrefillTable prefillTable(Fields fields) {
    boolean context = fields.has("context_tokens");
    return fields.value(() ->
        new PrefillTable(
            new StepTable(
                "tokens",
                fields.numbers("tokens"),
                "context_tokens",
                context ? fields.numbers("context_tokens") : List.of(0.0),
                context ? fields.rows("ms") : fields.numbers("ms").stream().map(List::of).toList()),
            fields.number("reference_tp"),
            fields.number("tp_exponent", 1)));
  }

  private static PrefillTime prefillConstants(Fields fields) {
    return fields.value(() ->
        new PrefillTime(
            fields.number("base_ms", 0),
            fields.number("floor_ms", 0),
            fields.number("per_token_ms"),
            fields.number("per_token_context_ms", 0),
            fields.number("reference_tp", 1),
            fields.number("tp_exponent", 1)));
  }

  private static DecodeSteps decode(Fields fields) {
    DecodeSteps time = fields.has("ms") ? decodeTable(fields) : decodeConstants(fields);
    fields.requireNoOthers();
    return time;
  }

  private static DecodeTable decodeTable(Fields fields) {
    Batch batch = fields.has("kv_tokens") ? Batch.KV_TOKENS : Batch.SEQUENCES;
    String rows = batch == Batch.KV_TOKENS ? "kv_tokens" : "sequences";
    return fields.value(() ->
        new DecodeTable(
            new StepTable(
                rows,
                fields.numbers(rows),
                "context_tokens",
                fields.numbers("context_tokens"),
                fields.rows("ms")),
            batch,
            fields.number("admission_ms", 0)));
  }

  private static DecodeTime decodeConstants(Fields fields) {
    double base = fields.number("base_ms");
    return new DecodeTime(
        base,
        fields.number("single_ms", base),
        fields.number("per_sequence_ms", 0),
        fields.number("hinge_ms", 0),
        fields.number("hinge_at", 0),
        fields.number("experts_ms", 0),
        fields.number("expert_share", 0),
        fields.number("per_context_token_ms", 0),
        fields.number("admission_ms", 0));
  }

  private static MixedTime mixed(Fields fields) {
    MixedTime time =
        new MixedTime(
            fields.has("prefill") ? prefill(fields.object("prefill")) : perToken(fields),
            fields.number("per_sequence_ms", 0),
            fields.number("per_context_token_ms", 0),
            decode(fields.object("decode")));
    fields.requireNoOthers();
    return time;
  }

  private static PrefillTime perToken(Fields fields) {
    return fields.value(() ->
        new PrefillTime(
            fields.number("base_ms", 0),
            0,
            fields.number("per_token_ms"),
            0,
            fields.number("reference_tp", 1),
            1));
  }

  private static AttentionDpTime attentionDp(Fields fields) {
    AttentionDpTime time =
        new AttentionDpTime(
            fields.number("decode_ms"),
            fields.number("aggregated_decode_ms"),
            fields.number("mixed_ms"),
            fields.number("prefill_only_ms"),
            fields.number("per_sequence_ms"),
            fields.number("per_max_token_ms"),
            fields.number("per_token_ms"));
    fields.requireNoOthers();
    return time;
  }

  private static PolynomialTime polynomial(Fields fields) {
    List<Double> prefill = fields.numbers("prefill", 3);
    List<Double> decode = fields.numbers("decode", 3);
    PolynomialTime time =
        new PolynomialTime(
            prefill.get(0),
            prefill.get(1),
            prefill.get(2),
            decode.get(0),
            decode.get(1),
            decode.get(2),
            fields.number("least_ms", 0));
    fields.requireNoOthers();
    return time;
  }

  private static Map<Role, PoolDefaults> pools(Fields fields) {
    Map<Role, PoolDefaults> pools = new EnumMap<>(Role.class);
    addPool(pools, Role.PREFILL, fields, "prefill");
    addPool(pools, Role.DECODE, fields, "decode");
    addPool(pools, Role.AGGREGATED, fields, "aggregated");
    fields.requireNoOthers();
    if (pools.isEmpty()) {
      throw new IllegalArgumentException("pools must have prefill, decode or aggregated");
    }
    return pools;
  }

  private static void addPool(
      Map<Role, PoolDefaults> pools, Role role, Fields fields, String name) {
    if (!fields.has(name)) {
      return;
    }
    Fields pool = fields.object(name);
    RankLimits limits =
        new RankLimits(
            pool.whole("slots", RankLimits.UNLIMITED),
            pool.whole("step_tokens", RankLimits.UNLIMITED),
            pool.whole("prompts_per_step", RankLimits.UNLIMITED),
            pool.whole("block_size", 64),
            pool.whole("kv_blocks", RankLimits.UNLIMITED),
            pool.flag("preemption"));
    pools.put(
        role,
        new PoolDefaults(
            pool.whole("ranks", 1),
            pool.whole("tp", 1),
            limits,
            pool.flag("reuse"),
            pool.flag("shared_queue"),
            Offload.NONE));
    pool.requireNoOthers();
  }

  private static List<OutputLengths> outputLengths(Fields file) {
    List<OutputLengths> all = new ArrayList<>();
    for (Fields one : file.objects("output_lengths")) {
      all.add(
          new OutputLengths(one.whole("nominal", 0), one.number("mean"), one.number("deviation")));
      one.requireNoOthers();
    }
    return all;
  }
}
