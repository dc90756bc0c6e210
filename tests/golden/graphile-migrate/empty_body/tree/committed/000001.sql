--! Previous: -
--! Hash: sha1:adc83b19e793491b1c6ea0fd8b46cd9f32e592fc


