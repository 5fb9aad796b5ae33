/* A probe (USDT) for the programs of tests: a nop, and a note of the ELF file that says where it is and what its two
 * arguments are. The format: https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation */
#ifndef USDT_PROBE_H
#define USDT_PROBE_H

#ifdef __cplusplus
#define USDT_SEMAPHORE_LINKAGE extern "C"
#else
#define USDT_SEMAPHORE_LINKAGE
#endif

/* The kernel counts it up for each one who listens. Outside of functions. */
#define USDT_SEMAPHORE(semaphore)                                         \
  USDT_SEMAPHORE_LINKAGE volatile unsigned short semaphore;               \
  volatile unsigned short semaphore __attribute__((section(".probes"), used)) = 0

/* An int, and something of 8 bytes. */
#define USDT_PROBE(provider, name, semaphore, number, wide)                                          \
  __asm__ __volatile__(                                                                              \
      "990: nop\n"                                                                                   \
      ".pushsection .note.stapsdt,\"\",\"note\"\n"                                                   \
      ".balign 4\n"                                                                                  \
      ".4byte 992f-991f, 994f-993f, 3\n"                                                             \
      "991: .asciz \"stapsdt\"\n"                                                                    \
      "992: .balign 4\n"                                                                             \
      "993: .8byte 990b\n"                                                                           \
      ".8byte _.stapsdt.base\n"                                                                      \
      ".8byte " #semaphore "\n"                                                                      \
      ".asciz \"" #provider "\"\n"                                                                   \
      ".asciz \"" #name "\"\n"                                                                       \
      ".asciz \"-4@%[usdt_number] 8@%[usdt_wide]\"\n"                                                \
      "994: .balign 4\n"                                                                             \
      ".popsection\n"                                                                                \
      ".ifndef _.stapsdt.base\n"                                                                     \
      ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                        \
      ".weak _.stapsdt.base\n"                                                                       \
      ".hidden _.stapsdt.base\n"                                                                     \
      "_.stapsdt.base: .space 1\n"                                                                   \
      ".size _.stapsdt.base, 1\n"                                                                    \
      ".popsection\n"                                                                                \
      ".endif\n" ::[usdt_number] "nor"(number),                                                      \
      [usdt_wide] "nor"(wide))

#endif /* USDT_PROBE_H */
