// A function in two builds, of which the loader picks the one that this processor has: the baseline x86-64 has no
// instruction that counts bits.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UCODER_THREAD_SANITIZER 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define UCODER_THREAD_SANITIZER 1
#endif

// The loader asks before ThreadSanitizer is there, and what it asks is instrumented, too.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && !defined(UCODER_THREAD_SANITIZER)
#define UCODER_POPCOUNT_CLONES __attribute__((target_clones("popcnt", "default")))
#else
#define UCODER_POPCOUNT_CLONES
#endif
