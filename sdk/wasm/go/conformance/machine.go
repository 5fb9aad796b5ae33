package main

import (
	"io"
	"strings"
	"time"
	"unsafe"

	gadget "gadgetry/wasm"
)

// Steps about the machine, files and the network.

func initMachine() {
	step(18, "syscalls", syscalls)
	step(19, "syscall-declaration", func() {
		openat, err := gadget.GetSyscallDeclaration("openat")
		if err != nil {
			skip()
		}
		same("name", openat.Name, "openat")
		same("parameters", len(openat.Params), 4)
		is("the second being a pointer", openat.Params[1].IsPointer)
	})
	step(20, "clock", clock)
	step(21, "kernel", kernel)
	step(22, "btf", btf)
	step(23, "process", process)
	step(24, "cpus", func() {
		count := get[int]("cpuCount")(gadget.CPUCount())
		is("1 to 65536 CPUs", count >= 1 && count <= 65536)
	})
	step(25, "denied", func() {
		_, err := gadget.OpenFile("/etc/passwd", gadget.OpenRead)
		code("fileOpen(/etc/passwd)", err, gadget.CodeDenied)
		_, err = gadget.Connect("192.0.2.1:9", gadget.TCP, 100*time.Millisecond)
		code("netConnect", err, gadget.CodeDenied)
	})
	step(26, "files", files)
	step(27, "net", net)
	step(28, "no-object", noObject)
}

func syscalls() {
	first := get[string]("getSyscallName(0)")(gadget.GetSyscallName(0))
	same("getSyscallID of it", get[int32]("getSyscallID")(gadget.GetSyscallID(first)), 0)
	_, err := gadget.GetSyscallID("nothing")
	bad("getSyscallID(nothing)", err)
	unknown := get[string]("getSyscallName(60000)")(gadget.GetSyscallName(60000))
	is("a name of 60000 that starts with syscall_", strings.HasPrefix(unknown, "syscall_"))
	count := get[int]("syscallCount")(gadget.SyscallCount())
	is("300 to 2000 system calls", count >= 300 && count <= 2000)
}

func clock() {
	now := get[uint64]("clockNow")
	for _, clock := range []gadget.Clock{gadget.ClockBoot, gadget.ClockReal} {
		before := now(gadget.Now(clock))
		is("time going on", before > 0 && now(gadget.Now(clock)) >= before)
	}
	is("a time after 2020", now(gadget.Now(gadget.ClockReal)) > 1600000000000000000)
	sameCode("clockNow(7)", rawClockNow(7, unsafe.Pointer(&rawTime)), gadget.CodeInvalid)
}

func kernel() {
	major, _, _, err := gadget.KernelVersion()
	good("kernelVersion", err)
	is("kernel 4 or later", major >= 4)
	if _, err := gadget.FeatureExists("map:hash"); err != nil {
		code("featureExists(map:hash)", err, gadget.CodeDenied)
	}
	nothing, _ := gadget.FeatureExists("nothing")
	same("featureExists(nothing)", nothing, false)
	same("kallsymsSymbolExists(no symbol)", gadget.KallsymsSymbolExists("no symbol"), false)
	_, err = gadget.KallsymsAddress("no symbol")
	bad("kallsymsAddress(no symbol)", err)
	if address, err := gadget.KallsymsAddress("vfs_read"); err == nil && address != 0 {
		name, offset, err := gadget.KallsymsName(address + 1)
		good("kallsymsName", err)
		is("a name", name != "")
		same("offset", offset, 1)
	}
}

func btf() {
	if found, err := gadget.BtfTypeExists("struct task_struct"); err != nil || !found {
		skip()
	}
	exists := get[bool]("btfTypeExists")
	same("task_struct", exists(gadget.BtfTypeExists("task_struct")), true)
	same("pid", exists(gadget.BtfFieldExists("struct task_struct", "pid")), true)
	same("mm.exe_file", exists(gadget.BtfFieldExists("struct task_struct", "mm.exe_file")), true)
	same("nothing", exists(gadget.BtfFieldExists("struct task_struct", "nothing")), false)
	same("nothing_like_it", exists(gadget.BtfTypeExists("struct nothing_like_it")), false)
}

func process() {
	first := get[gadget.Process]("processInfo(1)")(gadget.GetProcess(1))
	same("pid", first.Pid, 1)
	is("a comm", first.Comm != "")
	buffer := make([]byte, 64)
	length := get[int]("processText")
	comm := buffer[:length(gadget.ProcessText(1, gadget.ProcessComm, buffer))]
	same("comm", string(comm), first.Comm)
	same("processText to 1 byte", length(gadget.ProcessText(1, gadget.ProcessComm, buffer[:1])), 1)
	_, err := gadget.GetProcess(4294967280)
	code("processInfo(4294967280)", err, gadget.CodeNotFound)
	_, err = gadget.ContainerOfPid(1)
	good("containerOf", err)
}

func files() {
	folder, err := gadget.Param("folder")
	if err != nil || folder == "" {
		skip()
	}
	path := folder + "/conformance"
	open := get[gadget.File]("fileOpen")
	file := open(gadget.OpenFile(path, gadget.OpenWrite|gadget.OpenCreate|gadget.OpenTruncate))
	same("fileWrite", get[int]("fileWrite")(file.Write([]byte("0123456789"))), 10)
	good("release", file.Close())
	file = open(gadget.OpenFile(path, gadget.OpenRead))
	good("fileSeek", file.SeekTo(4))
	buffer := make([]byte, 16)
	count := get[int]("fileRead")(file.Read(buffer))
	same("fileRead", string(buffer[:count]), "456789")
	_, err = file.Read(buffer)
	same("fileRead at the end", err, io.EOF)
	good("release", file.Close())
	_, err = gadget.OpenFile(path+".nothing", gadget.OpenRead)
	code("fileOpen of nothing", err, gadget.CodeNotFound)
}

func net() {
	address, err := gadget.Param("address")
	if err != nil || address == "" {
		skip()
	}
	socket := get[gadget.Socket]("netConnect")(gadget.Connect(address, gadget.TCP, 2*time.Second))
	same("netSend", get[int]("netSend")(socket.Write([]byte("ping"))), 4)
	buffer := make([]byte, 16)
	var got string
	for len(got) < 4 {
		count := get[int]("netReceive")(socket.Receive(buffer, 2*time.Second))
		got += string(buffer[:count])
	}
	same("netReceive", got, "ping")
	_, err = socket.Receive(buffer, 10*time.Millisecond)
	code("netReceive of nothing", err, gadget.CodeAgain)
	good("release", socket.Close())
}

func noObject() {
	none := func(what string, err error) { code(what, err, gadget.CodeNotFound, gadget.CodeUnsupported) }
	isNone := func(what string, got uint32) {
		is(what, gadget.Code(got) == gadget.CodeNotFound || gadget.Code(got) == gadget.CodeUnsupported)
	}
	isNone("programName(0) failing", rawProgramName(0, buffer(64), unsafe.Pointer(&rawLength)))
	isNone("mapName(0) failing", rawMapName(0, buffer(64), unsafe.Pointer(&rawLength)))
	_, err := gadget.ProgramSection("x")
	none("programSection", err)
	none("programSetEnabled", gadget.SetProgramEnabled("x", false))
	none("programSetTarget", gadget.SetProgramTarget("x", "y"))
	_, err = gadget.Variable("x")
	none("variableGet", err)
	none("variableSet", gadget.SetVariable("x", "1"))
	_, err = gadget.GetMapInfo("x")
	none("mapInfo", err)
	none("mapSetMaxEntries", gadget.SetMapMaxEntries("x", 1))
}
