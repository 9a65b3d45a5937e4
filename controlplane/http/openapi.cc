#include "controlplane/http/openapi.h"

#include <algorithm>
#include <cctype>

#include "controlplane/document.h"
#include "controlplane/version.h"
#include "dataplane/model/described_packet.h"

namespace viaduct::http {
namespace {

using api::Json;

Json schema_reference(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string{name}}};
}

Json reference(std::string_view kind, std::string_view name) {
  return {{"$ref", "#/components/" + std::string{kind} + "/" + std::string{name}}};
}

Json content(Json schema) {
  return {{"application/json", {{"schema", std::move(schema)}}}};
}

Json parameter(std::string_view name, std::string_view in, std::string_view meaning, Json schema) {
  return {{"name", name},
          {"in", in},
          {"required", in == "path"},
          {"description", meaning},
          {"schema", std::move(schema)}};
}

Json text() {
  return {{"type", "string"}};
}
Json whole_number() {
  return {{"type", "integer"}, {"minimum", 0}};
}

Json parameters(std::initializer_list<const char*> names) {
  Json list = Json::array();
  for (const char* name : names) list.push_back(reference("parameters", name));
  return list;
}

Json change_parameters() {
  return parameters({"dry_run", "confirm_within", "note", "author", "if_match", "idempotency_key"});
}

Json responses(Json success) {
  return {{"200", std::move(success)}, {"default", reference("responses", "problem")}};
}

Json answered_with(std::string_view meaning, Json schema) {
  return responses({{"description", meaning}, {"content", content(std::move(schema))}});
}

Json read_operation(std::string_view id, std::string_view summary, Json schema) {
  Json responses = answered_with("What is there.", std::move(schema));
  responses["200"]["headers"] = {{"ETag", reference("headers", "revision")}};
  return {{"operationId", id}, {"summary", summary}, {"responses", std::move(responses)}};
}

Json change_operation(const std::string& id, std::string_view summary) {
  return {{"operationId", id},
          {"summary", summary},
          {"parameters", change_parameters()},
          {"responses", responses(reference("responses", "change"))}};
}

Json with_body(Json operation, Json content) {
  operation["requestBody"] = {{"required", true}, {"content", std::move(content)}};
  return operation;
}

// GET, PUT and DELETE of one thing at one path.
Json resource_path(const std::string& name, std::string_view summary, Json path_parameters) {
  return {{"parameters", std::move(path_parameters)},
          {"get", read_operation("get_" + name, summary, schema_reference(name))},
          {"put", with_body(change_operation("put_" + name, "Make or replace it."),
                            content(schema_reference(name)))},
          {"delete", change_operation("delete_" + name, "Remove it.")}};
}

Json collection_path(const std::string& name, Json path_parameters) {
  return {{"parameters", std::move(path_parameters)},
          {"get",
           read_operation("list_" + name, "All of them, by id.",
                          {{"type", "object"}, {"additionalProperties", schema_reference(name)}})}};
}

void add_config_paths(Json& paths) {
  paths["/v1/config"] = {
      {"get", read_operation("get_document", "The whole document.", schema_reference("document"))},
      {"put", with_body(change_operation("put_document", "Replace the whole document."),
                        content(schema_reference("document")))},
      {"patch", with_body(change_operation("patch_document", "Merge into the document (RFC 7396)."),
                          {{"application/merge-patch+json", {{"schema", {{"type", "object"}}}}}})}};
  const ApplianceDocument none;
  api::for_each_own(none, [&]<class R>(const api::Named<R>& /*all*/) {
    const std::string name{R::collection};
    paths["/v1/config/" + name] = collection_path(name, Json::array());
    paths["/v1/config/" + name + "/{id}"] = resource_path(name, R::summary, parameters({"id"}));
  });
  paths["/v1/config/routers"] = collection_path("router", Json::array());
  paths["/v1/config/routers/{router}"] =
      resource_path("router", "A router and all its resources.", parameters({"router"}));
  ApplianceRouter::for_each_type([&]<class R>() {
    const std::string name{R::collection};
    const std::string path = "/v1/config/routers/{router}/" + name;
    paths[path] = collection_path(name, parameters({"router"}));
    paths[path + "/{id}"] = resource_path(name, R::summary, parameters({"router", "id"}));
  });
}

Json operation(std::string_view id, std::string_view summary, Json operation_parameters) {
  Json body = {{"operationId", id}, {"summary", summary}};
  if (!operation_parameters.empty()) body["parameters"] = std::move(operation_parameters);
  body["responses"] = answered_with("The answer.", {{"type", "object"}});
  return body;
}

void add_cloudstack_paths(Json& paths) {
  Json messages = change_operation(
      "merge_cloudstack", "Merge messages of a CloudStack management server, in one transaction.");
  const Json schema = {{"type", "object"},
                       {"properties",
                        {{"strict", {{"type", "boolean"}, {"default", true}}},
                         {"reset", {{"type", "boolean"}, {"default", false}}},
                         {"nics", {{"type", "array"}, {"items", {{"type", "object"}}}}},
                         {"parts", {{"type", "array"}, {"items", {{"type", "object"}}}}}}}};
  paths["/v1/cloudstack"] = {
      {"get", operation("get_cloudstack_state",
                        "What a management server said, and notes on what is not done of it.",
                        Json::array())},
      {"post", with_body(std::move(messages), content(schema))}};
}

void add_history_paths(Json& paths) {
  paths["/v1/history"]["get"] =
      operation("get_history", "Accepted changes, newest first.", parameters({"limit"}));
  paths["/v1/history/{revision}"]["get"] = operation(
      "get_revision", "One change, with the document that it led to.", parameters({"revision"}));
  Json rollback =
      change_operation("rollback", "Bring back the document of a revision; 0 is the empty one.");
  rollback["parameters"].push_back(reference("parameters", "revision"));
  paths["/v1/rollback/{revision}"]["post"] = std::move(rollback);
  paths["/v1/confirm"]["post"] =
      operation("confirm", "Keep the change that was made with confirm_within.", Json::array());
}

void add_runtime_paths(Json& paths) {
  paths["/v1/status"]["get"] = operation("get_status", "How the appliance is.", Json::array());
  paths["/v1/sessions"]["get"] =
      operation("list_sessions", "Live sessions.",
                parameters({"of_router", "protocol", "address", "limit", "cursor"}));
  paths["/v1/counters"]["get"] =
      operation("get_counters", "Packet, session and usage counters.", Json::array());
  paths["/v1/services"]["get"] =
      operation("get_services", "What guests ask of DHCP, DNS, metadata and password servers.",
                Json::array());
  paths["/v1/leases"]["get"] = operation("list_leases", "Addresses that DHCP keeps for guests.",
                                         parameters({"of_router", "interface"}));
  paths["/v1/explain"]["post"] =
      with_body(operation("explain", "What would become of a packet, and why.", Json::array()),
                content(schema_reference("explain")));
  Json capture = operation(
      "capture", "Records packets.",
      parameters({"of_router", "interface", "filter", "packets", "seconds", "snap_length"}));
  capture["responses"]["200"]["content"] = {
      {"application/vnd.tcpdump.pcap", {{"schema", {{"type", "string"}, {"format", "binary"}}}}}};
  paths["/v1/capture"]["get"] = std::move(capture);
  Json metrics = operation("get_metrics", "Prometheus metrics.", Json::array());
  metrics["responses"]["200"]["content"] = {{"text/plain", {{"schema", text()}}}};
  paths["/metrics"]["get"] = std::move(metrics);
  paths["/v1/openapi.json"]["get"] = operation("get_openapi", "This document.", Json::array());
}

Json all_parameters() {
  const Json flag = {{"type", "boolean"}, {"default", false}};
  return {{"router", parameter("router", "path", "id of the router", text())},
          {"id", parameter("id", "path", "id of the resource", text())},
          {"revision", parameter("revision", "path", "a revision", whole_number())},
          {"dry_run", parameter("dry_run", "query", "only tell what would change", flag)},
          {"confirm_within",
           parameter("confirm_within", "query", "roll back unless confirmed in so many seconds",
                     {{"type", "integer"}, {"minimum", 1}, {"maximum", 86400}})},
          {"note", parameter("note", "query", "a word for the history", text())},
          {"author", parameter("author", "query", "who asks, for the history", text())},
          {"if_match", parameter("If-Match", "header",
                                 "refuse unless this ETag is the current revision", text())},
          {"idempotency_key", parameter("Idempotency-Key", "header",
                                        "a repeated request gets the first answer again", text())},
          {"of_router", parameter("router", "query", "only of this router", text())},
          {"interface", parameter("interface", "query", "only on this interface", text())},
          {"protocol", parameter("protocol", "query",
                                 "only of this protocol: tcp, udp, icmp, gre, esp or a number",
                                 api::Codec<Protocol>::schema())},
          {"address", parameter("address", "query",
                                "only those that mention an address in this prefix", text())},
          {"limit", parameter("limit", "query", "at most so many", whole_number())},
          {"cursor", parameter("cursor", "query", "`next` of an earlier answer", whole_number())},
          {"filter",
           parameter("filter", "query", "a tcpdump expression; every packet if left out", text())},
          {"packets", parameter("packets", "query", "end after so many packets", whole_number())},
          {"seconds", parameter("seconds", "query", "end after so long", whole_number())},
          {"snap_length",
           parameter("snap_length", "query", "bytes kept of each packet", whole_number())}};
}

Json object_of(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

Json all_schemas() {
  Json schemas = api::document_schemas<ApplianceDocument>();
  const Json change =
      object_of({{"op", {{"type", "string"}, {"enum", {"add", "remove", "change"}}}},
                 {"path", text()},
                 {"before", {{"type", "object"}}},
                 {"after", {{"type", "object"}}}});
  schemas["change"] = object_of(
      {{"revision", whole_number()},
       {"changes", {{"type", "array"}, {"items", change}}},
       {"applied",
        {{"type", "boolean"}, {"description", "false: the data plane is away and gets it later"}}},
       {"served",
        {{"type", "boolean"}, {"description", "false: viaduct-guestd is away and gets it later"}}},
       {"timing_us", {{"type", "object"}, {"additionalProperties", whole_number()}}},
       {"sessions", {{"type", "object"}, {"nullable", true}, {"description", "of a dry run"}}}});
  schemas["packet"] = api::schema<DescribedPacket>();
  schemas["explain"] = object_of({{"packet", schema_reference("packet")},
                                  {"candidate", schema_reference("document")},
                                  {"revision", whole_number()}});
  schemas["explain"]["required"] = {"packet"};
  schemas["problem"] = object_of(
      {{"type", text()},
       {"title", text()},
       {"status", whole_number()},
       {"detail", {{"type", "string"}, {"description", "what to do about it"}}},
       {"instance", text()},
       {"pointer", {{"type", "string"}, {"description", "JSON pointer into the document"}}}});
  return schemas;
}

// Whether a step of a path's pattern, such as {id}, stands for this one.
bool is_step_of(const std::string& pattern, const std::string& step) {
  return pattern.starts_with("{") || pattern == step;
}

const Json& whole() {
  static const Json document = openapi();
  return document;
}

std::string lower_case(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

}  // namespace

Json openapi() {
  Json paths = Json::object();
  add_config_paths(paths);
  add_cloudstack_paths(paths);
  add_history_paths(paths);
  add_runtime_paths(paths);
  const Json problem = {{"application/problem+json", {{"schema", schema_reference("problem")}}}};
  return {
      {"openapi", "3.0.3"},
      {"info",
       {{"title", "Viaduct config API"},
        {"version", version},
        {"description",
         "One document describes the appliance; every change of it is one "
         "transaction."}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", all_schemas()},
        {"parameters", all_parameters()},
        {"headers", {{"revision", {{"description", "the revision, quoted"}, {"schema", text()}}}}},
        {"responses",
         {{"problem", {{"description", "Refused."}, {"content", problem}}},
          {"change",
           {{"description", "Accepted, or planned."},
            {"headers", {{"ETag", reference("headers", "revision")}}},
            {"content", content(schema_reference("change"))}}}}}}}};
}

Json query_parameters(const char* path) {
  Json parameters = Json::array();
  for (const Json& each : whole()["paths"][path]["get"]["parameters"]) {
    parameters.push_back(whole()[Json::json_pointer{each.value("$ref", "").substr(1)}]);
  }
  return parameters;
}

std::string methods_at(const std::string& path) {
  const api::DocumentPath steps = api::split_path(path);
  std::string methods;
  for (const auto& [pattern, operations] : whole()["paths"].items()) {
    if (!std::ranges::equal(api::split_path(pattern), steps, is_step_of)) continue;
    for (const char* method : {"GET", "PUT", "PATCH", "DELETE", "POST"}) {
      if (!operations.contains(lower_case(method))) continue;
      methods.append(methods.empty() ? "" : ", ").append(method);
    }
  }
  return methods;
}

std::string openapi_text() {
  return openapi().dump(2) + "\n";
}

}  // namespace viaduct::http
