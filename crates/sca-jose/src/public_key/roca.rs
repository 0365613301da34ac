//! Moduli made by the key generator behind CVE-2017-15361, "ROCA": primes of the form `k * M + (65537^a mod M)`, where `M`
//! is a product of small primes. They factor at a cost an attacker can pay, and show it: modulo each of those primes the
//! modulus is a power of 65537 (Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 2).

/// Small primes that divide `M` for keys of every length. A sound modulus is mistaken for a weak one about once in 2^27.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether the big-endian `modulus` has that shape.
pub(super) fn is_weak(modulus: &[u8]) -> bool {
    PRIMES
        .into_iter()
        .all(|prime| is_power_of_65537(remainder(modulus, prime), prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    number
        .iter()
        .fold(0, |remainder, byte| (remainder * 256 + u32::from(*byte)) % prime)
}

fn is_power_of_65537(number: u32, prime: u32) -> bool {
    let mut power = 1;
    loop {
        if power == number {
            return true;
        }
        power = power * 65537 % prime;
        if power == 1 {
            return false;
        }
    }
}
