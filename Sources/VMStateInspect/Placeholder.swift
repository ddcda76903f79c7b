import VMState
