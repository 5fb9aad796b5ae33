// SPDX-License-Identifier: GPL-2.0
// One event with every kind of field that BTF can describe.
#include "test_types.h"

enum color { RED, GREEN = 5, BLUE = -1 };
enum wide { WIDE_SMALL = 1, WIDE_LARGE = 0x100000002ULL };
enum tiny : unsigned char { TINY_A = 1, TINY_B = 200 };
enum access_set { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_EXEC = 4 };
typedef enum color color_t;
typedef enum { MODE_OFF, MODE_ON } mode_type;
/* The kernel has an enum of this name, too; its definition wins. */
enum bpf_map_type { BPF_MAP_TYPE_NOT_OF_THE_KERNEL = 1 };
typedef char name_t[8];

struct point {
	__s16 x;
	__s16 y;
};

struct inner {
	struct point at;
	__u32 tag;
};

struct slot {
	__u32 id;
	char label[12];
	struct point corner;
	__u16 parts[2];
	struct point nested[2];
	__u8 low : 4;
	__u8 high : 4;
};

struct event {
	gadget_timestamp timestamp_raw;
	bool flag;
	__s8 i8;
	__s16 i16;
	__s32 i32;
	__s64 i64;
	__u8 u8;
	__u16 u16;
	__u32 u32;
	__u64 u64;
	float f32;
	double f64;
	char letter;
	char text[16];
	name_t typed_text;
	gadget_comm comm[16];
	char lines[3][10];
	enum color color_raw;
	enum wide wide_raw;
	enum tiny tiny_raw;
	enum access_set access_raw;
	color_t typed_color;
	mode_type mode;
	enum bpf_map_type map_type_raw;
	enum color colors[2];
	struct inner inner;
	union {
		__u32 as_number;
		__u8 as_bytes[4];
	};
	union gadget_ip_addr_t address;
	struct {
		__u16 unnamed_a;
		__u16 unnamed_b;
	};
	__u32 numbers[4];
	__u64 matrix[2][3];
	struct slot slots[3];
	unsigned int bit_a : 3;
	int bit_b : 5;
	unsigned int : 4;
	bool bit_c : 1;
	unsigned long long bit_d : 40;
	enum access_set bit_e : 3;
	unsigned __int128 huge;
	__u32 __hidden;
	struct point __hidden_point;
	const char *pointer;
	struct gadget_process proc;
	struct gadget_l3endpoint_t endpoint;
	gadget_errno error_raw;
	const volatile __u32 qualified;
	__u8 rest[];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

GADGET_TRACER(fields, events, event);

SEC("tracepoint/syscalls/sys_enter_openat")
int fields_program(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
