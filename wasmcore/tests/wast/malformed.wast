;; Binaries that break a rule of the format (WebAssembly Core 2.0, chapter 5), each made by hand.

(module binary "\00asm\01\00\00\00")
(module binary "\00asm\01\00\00\00" "\00\03\01xy")                    ;; a custom section
(module binary "\00asm\01\00\00\00" "\01\01\00" "\02\01\00" "\03\01\00" "\0a\01\00")
(assert_malformed (module binary "") "unexpected end")
(assert_malformed (module binary "\00as") "unexpected end")
(assert_malformed (module binary "\00asm") "unexpected end")
(assert_malformed (module binary "asm\00\01\00\00\00") "magic header not detected")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
(assert_malformed (module binary "\00asm\01\00\00") "unexpected end")
;; --- sections
(assert_malformed (module binary "\00asm\01\00\00\00" "\0d\00") "malformed section id")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\02\00") "length out of bounds")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\02\00\00") "section size mismatch")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\01\00" "\01\01\00") "unexpected content after last section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\03\01\00" "\01\01\00") "unexpected content after last section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0a\01\00" "\0c\01\00") "unexpected content after last section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\00") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\02\05a") "length out of bounds")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\02\01\ff") "malformed UTF-8 encoding")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\04\03\ed\a0\80") "malformed UTF-8 encoding")  ;; a surrogate
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\03\02\c0\80") "malformed UTF-8 encoding")      ;; too long
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\05\04\f4\90\80\80") "malformed UTF-8 encoding") ;; > U+10FFFF
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\03\02\e2\82") "malformed UTF-8 encoding")      ;; cut off
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00") "function and code section have inconsistent lengths")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\01\00") "function and code section have inconsistent lengths")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0a\04\01\02\00\0b") "function and code section have inconsistent lengths")
;; --- numbers
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\86\80\80\80\80\00\01\60\00\00") "integer representation too long")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\81\80\80\80\10\00") "integer too large")
(module binary "\00asm\01\00\00\00" "\01\85\80\80\80\00\81\00\60\00\00")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
  "\0a\0c\01\0a\00\41\80\80\80\80\80\00\1a\0b") "integer representation too long")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
  "\0a\0b\01\09\00\41\80\80\80\80\10\1a\0b") "integer too large")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
  "\0a\10\01\0e\00\42\80\80\80\80\80\80\80\80\80\02\1a\0b") "integer too large")
(module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0b\01\09\00\41\ff\ff\ff\ff\7f\1a\0b")
;; --- types
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\61\00\00") "malformed function type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\01\60\01\40\00") "malformed value type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\02\60\00\00") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\01\60\05\7f\00") "length out of bounds")
(assert_malformed (module binary "\00asm\01\00\00\00" "\04\04\01\7f\00\00") "malformed reference type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\04\04\01\70\02\00") "integer too large")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\08\00") "integer too large")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\81\00") "integer representation too long")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\06\01\7f\02\41\00\0b") "malformed mutability")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\05\01\7f\00\41\00") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\06\01\7f\00\06\00\0b") "illegal opcode")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\06\01\01a\01b\05\00") "malformed import kind")
(assert_malformed (module binary "\00asm\01\00\00\00" "\07\05\01\01a\04\00") "malformed export kind")
;; --- segments
(assert_malformed (module binary "\00asm\01\00\00\00" "\09\02\01\08") "malformed elements segment kind")
(assert_malformed (module binary "\00asm\01\00\00\00" "\09\04\01\01\01\00") "malformed element kind")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\0b\02\01\03") "malformed data segment kind")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0b\04\01\01\05a") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0c\01\02" "\0b\04\01\01\01a") "data count and data section have inconsistent lengths")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0c\01\01") "data count and data section have inconsistent lengths")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01"
  "\0a\0e\01\0c\00\41\00\41\00\41\00\fc\08\00\00\0b" "\0b\04\01\01\01a") "data count section required")
;; --- bodies
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\04\01\05\00\0b") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\04\01\02\00\01") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\0b\0b") "section size mismatch")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\06\0b") "illegal opcode")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\ff\0b") "illegal opcode")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\fc\12\0b") "illegal opcode")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\fd\80\02\0b") "illegal opcode")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\05\0b") "else without if")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
  "\0a\0f\01\0d\02\ff\ff\ff\ff\0f\7f\02\7e\01\0b\0b\0b") "too many locals")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\01\01\40\0b") "malformed value type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01" "\0a\07\01\05\00\3f\01\1a\0b") "zero byte expected")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01"
  "\0a\0a\01\08\00\41\00\28\40\00\1a\0b") "malformed memop flags")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\08\01\06\00\d0\7f\1a\01\0b") "malformed reference type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\02\41\0b\0b") "malformed value type")
;; --- a body that is invalid and, further on, malformed is malformed
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\1a\06\0b") "illegal opcode")

;; --- names that are not ASCII, and unusual but right encodings
(module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\07\09\01\05\f0\9f\90\99!\00\00" "\0a\04\01\02\00\0b")
(assert_return (invoke "\f0\9f\90\99!"))
(module binary "\00asm\01\00\00\00" "\01\05\01\60\00\01\7f" "\03\02\01\00" "\07\05\01\01f\00\00"
  "\0a\09\01\07\00\41\8a\80\80\00\0b")
(assert_return (invoke "f") (i32.const 10))
