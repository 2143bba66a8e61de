package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.ChoiceRules;
import dev.warmpath.router.route.Filter;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.Session;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.TargetName;
import dev.warmpath.v1.PreferredLabel;
import dev.warmpath.v1.RouteRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a request asks of the choice, checked in full. Stateless; any thread. */
final class ChoiceRulesDecoder {
  /** Most labels that a request requires, and most that it prefers. */
  static final int MAX_LABELS = 16;

  /** Most targets that a request allows. */
  static final int MAX_ALLOWED = 1_024;

  private static final String DIRECT = "direct";

  private ChoiceRulesDecoder() {}

  static ChoiceRules decode(RouteRequest request, String policy, RoutingSettings settings)
      throws InvalidFieldException {
    String model = request.getModel();
    ModelRouting routing = settings.model(model);
    if (policy.equals(DIRECT) && !request.hasPinnedTarget()) {
      throw new InvalidFieldException(
          "pinned_target", "none", "must be given under policy direct, is");
    }
    List<Filter> both = bothRoles(request);
    return new ChoiceRules(
        settings.filters(
            model,
            withPin("pinned_target", request.hasPinnedTarget(), request.getPinnedTarget(), both)),
        settings.filters(
            model,
            withPin(
                "pinned_prefill_target",
                request.hasPinnedPrefillTarget(),
                request.getPinnedPrefillTarget(),
                both)),
        request.getLoraName(),
        preferences(request, routing),
        request.hasTemperature() ? temperature(request.getTemperature()) : routing.temperature(),
        session(request, routing),
        routing.disaggregation());
  }

  private static List<Filter> bothRoles(RouteRequest request) throws InvalidFieldException {
    if (request.getAllowedTargetsCount() == 0 && request.getRequiredLabelsCount() == 0) {
      return List.of();
    }
    List<Filter> filters = new ArrayList<>();
    if (request.getAllowedTargetsCount() > 0) {
      filters.add(new Filter.Allowed(allowed(request.getAllowedTargetsList())));
    }
    Map<String, String> labels = request.getRequiredLabelsMap();
    checkCount("required_labels", labels.size(), MAX_LABELS);
    for (Map.Entry<String, String> label : labels.entrySet()) {
      checkLabel("required_labels", label.getKey(), label.getValue());
      filters.add(new Filter.RequiredLabel(label.getKey(), label.getValue()));
    }
    return filters;
  }

  private static void checkLabel(String field, String name, String value)
      throws InvalidFieldException {
    if (name.isEmpty()) {
      throw new InvalidFieldException(field, "''", "must have names, one is");
    }
    Fields.checkLength(field, name, Fields.MAX_NAME_LENGTH);
    Fields.checkLength(field, value, Fields.MAX_NAME_LENGTH);
  }

  private static List<Preference> preferences(RouteRequest request, ModelRouting routing)
      throws InvalidFieldException {
    if (request.getPreferredLabelsCount() == 0) {
      return routing.preferences();
    }
    checkCount("preferred_labels", request.getPreferredLabelsCount(), MAX_LABELS);
    List<Preference> preferences = new ArrayList<>(routing.preferences());
    for (PreferredLabel label : request.getPreferredLabelsList()) {
      checkLabel("preferred_labels", label.getName(), label.getValue());
      double weight = label.getWeight() == 0 ? 1 : label.getWeight();
      if (!(weight > 0 && weight <= Preference.MAX_WEIGHT)) {
        throw new InvalidFieldException(
            "preferred_labels.weight",
            label.getWeight(),
            "must be above 0 and at most %.0f".formatted(Preference.MAX_WEIGHT));
      }
      preferences.add(new Preference(label.getName(), label.getValue(), weight));
    }
    return preferences;
  }

  private static double temperature(double given) throws InvalidFieldException {
    if (!(given >= 0 && given <= ChoiceRules.MAX_TEMPERATURE)) {
      throw new InvalidFieldException(
          "temperature", given, "must be 0 to %.0f".formatted(ChoiceRules.MAX_TEMPERATURE));
    }
    return given;
  }

  private static @Nullable Session session(RouteRequest request, ModelRouting routing)
      throws InvalidFieldException {
    Fields.checkLength("session_id", request.getSessionId(), Fields.MAX_NAME_LENGTH);
    SessionAffinity affinity = affinity(request, routing);
    return request.getSessionId().isEmpty() || affinity == SessionAffinity.OFF
        ? null
        : new Session(
            request.getSessionId(), affinity == SessionAffinity.HARD, routing.sessionTtlNanos());
  }

  private static SessionAffinity affinity(RouteRequest request, ModelRouting routing)
      throws InvalidFieldException {
    return switch (request.getSessionAffinity()) {
      case SESSION_AFFINITY_UNSPECIFIED -> routing.affinity();
      case SESSION_AFFINITY_OFF -> SessionAffinity.OFF;
      case SESSION_AFFINITY_SOFT -> SessionAffinity.SOFT;
      case SESSION_AFFINITY_HARD -> SessionAffinity.HARD;
      case UNRECOGNIZED ->
          throw new InvalidFieldException(
              "session_affinity",
              request.getSessionAffinityValue(),
              "must be a number that is known, is");
    };
  }

  private static Map<String, Set<Integer>> allowed(List<dev.warmpath.v1.TargetName> names)
      throws InvalidFieldException {
    checkCount("allowed_targets", names.size(), MAX_ALLOWED);
    Map<String, Set<Integer>> ranks = new HashMap<>();
    Set<String> wholeWorkers = new HashSet<>();
    for (dev.warmpath.v1.TargetName named : names) {
      TargetName name = targetName("allowed_targets", named);
      Set<Integer> ofWorker = ranks.computeIfAbsent(name.workerId(), _ -> new HashSet<>());
      if (name.rank() == TargetName.ANY_RANK) {
        wholeWorkers.add(name.workerId());
      } else {
        ofWorker.add(name.rank());
      }
    }
    wholeWorkers.forEach(worker -> ranks.put(worker, Set.of()));
    return ranks;
  }

  private static List<Filter> withPin(
      String field, boolean given, dev.warmpath.v1.TargetName name, List<Filter> filters)
      throws InvalidFieldException {
    if (!given) {
      return filters;
    }
    List<Filter> withPin = new ArrayList<>();
    withPin.add(new Filter.Pinned(targetName(field, name)));
    withPin.addAll(filters);
    return withPin;
  }

  private static TargetName targetName(String field, dev.warmpath.v1.TargetName name)
      throws InvalidFieldException {
    if (name.getWorkerId().isEmpty()) {
      throw new InvalidFieldException(field + ".worker_id", "''", "must be named");
    }
    Fields.checkLength(field + ".worker_id", name.getWorkerId(), Worker.MAX_NAME_LENGTH);
    if (!name.hasRank()) {
      return new TargetName(name.getWorkerId(), TargetName.ANY_RANK);
    }
    int rank = name.getRank();
    if (rank < 0 || rank >= Worker.MAX_RANKS) {
      throw new InvalidFieldException(
          field + ".rank",
          Integer.toUnsignedString(rank),
          "must be %d at most".formatted(Worker.MAX_RANKS - 1));
    }
    return new TargetName(name.getWorkerId(), rank);
  }

  private static void checkCount(String field, int count, int most) throws InvalidFieldException {
    if (count > most) {
      throw new InvalidFieldException(
          field, count, "must have %d entries at most, has".formatted(most));
    }
  }
}
