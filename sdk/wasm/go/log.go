//go:build wasm

package gadget

import "fmt"

// LogLevel says how important a message is.
type LogLevel uint32

// The levels.
const (
	ErrorLevel LogLevel = 0
	WarnLevel  LogLevel = 1
	InfoLevel  LogLevel = 2
	DebugLevel LogLevel = 3
	TraceLevel LogLevel = 4
)

// ShouldLog tells whether messages of this level are shown.
func ShouldLog(level LogLevel) bool {
	return igGadgetShouldLog(uint32(level)) == 1
}

// LogText logs a text as it is.
func LogText(level LogLevel, text string) {
	igGadgetLog(uint32(level), textOf(text))
}

// Log logs what fmt.Sprint makes of args, if the level is shown.
func Log(level LogLevel, args ...any) {
	if ShouldLog(level) {
		LogText(level, fmt.Sprint(args...))
	}
}

// Logf logs what fmt.Sprintf makes of args, if the level is shown.
func Logf(level LogLevel, format string, args ...any) {
	if ShouldLog(level) {
		LogText(level, fmt.Sprintf(format, args...))
	}
}

// Error logs what went wrong.
func Error(params ...any) { Log(ErrorLevel, params...) }

// Errorf logs what went wrong.
func Errorf(format string, params ...any) { Logf(ErrorLevel, format, params...) }

// Warn logs what looks wrong.
func Warn(params ...any) { Log(WarnLevel, params...) }

// Warnf logs what looks wrong.
func Warnf(format string, params ...any) { Logf(WarnLevel, format, params...) }

// Info logs what is good to know.
func Info(params ...any) { Log(InfoLevel, params...) }

// Infof logs what is good to know.
func Infof(format string, params ...any) { Logf(InfoLevel, format, params...) }

// Debug logs what helps to find mistakes.
func Debug(params ...any) { Log(DebugLevel, params...) }

// Debugf logs what helps to find mistakes.
func Debugf(format string, params ...any) { Logf(DebugLevel, format, params...) }

// Trace logs everything else.
func Trace(params ...any) { Log(TraceLevel, params...) }

// Tracef logs everything else.
func Tracef(format string, params ...any) { Logf(TraceLevel, format, params...) }
