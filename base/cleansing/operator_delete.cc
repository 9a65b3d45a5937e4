#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>

// In a program that this is linked to, memory is overwritten before it is given back, whoever had
// it: texts that pass through servers and parsers on their way hold secrets, too. The library's
// operator new takes memory by malloc() or aligned_alloc(), and its other forms of operator delete
// come here.
namespace {

void give_back(void* memory, std::size_t size) noexcept {
  explicit_bzero(memory, size);
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

void give_back(void* memory) noexcept {
  if (memory != nullptr) give_back(memory, malloc_usable_size(memory));
}

}  // namespace

void operator delete(void* memory) noexcept {
  give_back(memory);
}

void operator delete(void* memory, std::size_t size) noexcept {
  if (memory != nullptr) give_back(memory, size);
}

void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  give_back(memory);
}

void operator delete(void* memory, std::size_t size, std::align_val_t /*alignment*/) noexcept {
  if (memory != nullptr) give_back(memory, size);
}
