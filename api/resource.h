#pragma once

#include "api/document_path.h"

// What templates make of a resource type or of a document is compiled once, where it is defined:
// after its declaration stands VIADUCT_DECLARE_..., in its own source file VIADUCT_DEFINE_..., both
// outside of any namespace, with the type's full name. Without them everything works as well, and
// is compiled anew in every file that uses it.

#define VIADUCT_RESOURCE_TEMPLATES(KEYWORD, R)                                                     \
  KEYWORD template class viaduct::PersistentMap<R>;                                                \
  KEYWORD template viaduct::Result<R> viaduct::api::read<R>(const viaduct::api::Json&);            \
  KEYWORD template viaduct::api::Json viaduct::api::write<R>(const R&);                            \
  KEYWORD template viaduct::api::Json viaduct::api::schema<R>();                                   \
  KEYWORD template viaduct::Result<viaduct::api::Named<R>> viaduct::api::read_named<R>(            \
      const viaduct::api::Json&);                                                                  \
  KEYWORD template viaduct::api::Json viaduct::api::write_named<R>(const viaduct::api::Named<R>&); \
  KEYWORD template viaduct::Result<viaduct::api::Json> viaduct::api::detail::get_one<R>(           \
      const viaduct::api::Named<R>&, const viaduct::api::DocumentPath&);                           \
  KEYWORD template viaduct::Result<void> viaduct::api::detail::put_one<R>(                         \
      viaduct::api::Named<R>&, const viaduct::api::DocumentPath&, const viaduct::api::Json&);      \
  KEYWORD template viaduct::Result<void> viaduct::api::detail::remove_one<R>(                      \
      viaduct::api::Named<R>&, const viaduct::api::DocumentPath&);                                 \
  KEYWORD template viaduct::Result<void> viaduct::api::detail::merge_named<R>(                     \
      viaduct::api::Named<R>&, const viaduct::api::Json&)

#define VIADUCT_DECLARE_RESOURCE(R) VIADUCT_RESOURCE_TEMPLATES(extern, R)
#define VIADUCT_DEFINE_RESOURCE(R) VIADUCT_RESOURCE_TEMPLATES(, R)

#define VIADUCT_DOCUMENT_TEMPLATES(KEYWORD, D)                                                     \
  KEYWORD template class viaduct::PersistentMap<viaduct::api::RouterIn<D>>;                        \
  KEYWORD template viaduct::Result<D> viaduct::api::read_document<D>(const viaduct::api::Json&);   \
  KEYWORD template viaduct::api::Json viaduct::api::write_document<D>(const D&);                   \
  KEYWORD template viaduct::Result<viaduct::api::Json> viaduct::api::get<D>(                       \
      const D&, const viaduct::api::DocumentPath&);                                                \
  KEYWORD template viaduct::Result<void> viaduct::api::put<D>(                                     \
      D&, const viaduct::api::DocumentPath&, const viaduct::api::Json&);                           \
  KEYWORD template viaduct::Result<void> viaduct::api::remove<D>(                                  \
      D&, const viaduct::api::DocumentPath&);                                                      \
  KEYWORD template viaduct::Result<void> viaduct::api::merge<D>(D&, const viaduct::api::Json&);    \
  KEYWORD template viaduct::Result<void> viaduct::api::make_changes<D>(D&,                         \
                                                                       const viaduct::api::Json&); \
  KEYWORD template viaduct::Result<viaduct::api::Json> viaduct::api::schema_at<D>(                 \
      const viaduct::api::DocumentPath&)

#define VIADUCT_DECLARE_DOCUMENT(D) VIADUCT_DOCUMENT_TEMPLATES(extern, D)
#define VIADUCT_DEFINE_DOCUMENT(D) VIADUCT_DOCUMENT_TEMPLATES(, D)
