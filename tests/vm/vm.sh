# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it. Boots virtual machines without KVM and without a network, each boot with a job: a
# folder with an executable file "run", which is given to the system as a tape on a disk of its own; the system writes
# what "run" left in the folder "out" to another one and switches itself off (make-image installs what does that).
# shellcheck shell=bash

# vm_start DISK...: boots from the first disk, with the job $vm_work/job.tar and all else below $vm_work. Ends when the machine switches itself off, when its console says what $vm_stop_at matches, or after $vm_limit
# seconds. 0: off by itself, 3: said so, 4: time is up.
vm_start() {
        local drives=() pid name i=0 code=4

        for name in "$@"; do
                drives+=(-drive "if=none,id=disk$i,file=$name,format=raw,cache=unsafe"
                        -device "virtio-blk-pci,drive=disk$i,bootindex=$i")
                i=$((i + 1))
        done
        rm -f "$vm_work/result.tar"
        truncate -s 8M "$vm_work/result.tar"
        : >"$vm_work/console.log"

        # -cx16 and one thread: guest kernels of 6.12 crash at random without them. Job and result are SCSI disks, so that the
        # machine's own are called the same whatever it is given. Nothing outlives this script.
        setpriv --pdeathsig TERM qemu-system-x86_64 -accel tcg,thread=single -smp 1 -cpu qemu64,-cx16 -m 1024 -nodefaults -no-user-config \
                -display none -no-reboot -serial "file:$vm_work/console.log" -device virtio-rng-pci "${drives[@]}" \
                -device virtio-scsi-pci \
                -drive "if=none,id=job,file=$vm_work/job.tar,format=raw,read-only=on" -device scsi-hd,drive=job,serial=job \
                -drive "if=none,id=result,file=$vm_work/result.tar,format=raw,cache=unsafe" \
                -device scsi-hd,drive=result,serial=result >"$vm_work/qemu.log" 2>&1 &
        pid=$!
        for ((i = 0; i < ${vm_limit:-1800}; i++)); do
                if ! kill -0 $pid 2>/dev/null; then
                        code=0
                        break
                fi
                if [ -n "${vm_stop_at:-}" ] && grep -qaE "$vm_stop_at" "$vm_work/console.log"; then
                        code=3
                        break
                fi
                sleep 1
        done
        [ $code -eq 0 ] || kill $pid 2>/dev/null
        wait $pid
        return $code
}

# vm_job FOLDER: packs the job.
vm_job() {
        tar -C "$1" --owner=0 --group=0 -cf "$vm_work/job.tar" .
}

# vm_run JOB DISK...: one boot that has to come to its end; what the job left is in $vm_work/out then.
vm_run() {
        local job=$1
        shift
        rm -rf "$vm_work/out"
        mkdir "$vm_work/out"
        vm_job "$job"
        if vm_start "$@" && tar -C "$vm_work/out" -xf "$vm_work/result.tar" 2>/dev/null && [ -f "$vm_work/out/status" ]; then
                return 0
        fi
        echo "the machine did not come to the end of its job; its console said at last:"
        tail -n 40 "$vm_work/console.log" | tr -d '\r'
        cat "$vm_work/qemu.log"
        return 1
}
